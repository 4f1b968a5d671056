"""What can be set at start and at run time, what each means, and what it may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from simulator.checks import Check, choice, names, number, optional, text, whole


class SettingsError(ValueError):
    """Unknown names or bad values: `problems` says for each name what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name} {problem}" for name, problem in problems.items()))
        self.problems = problems


def _setting(default: Any, check: Check, about: str) -> Any:
    return field(default=default, metadata={"check": check, "about": about})


def _per_model(value: object) -> dict[str, dict[str, object]]:
    if not isinstance(value, Mapping) or not all(isinstance(part, Mapping) for part in value.values()):
        raise ValueError("must be an object of objects: settings by the name of the model")
    for model, part in value.items():
        if outside := sorted(set(part) - PER_MODEL):
            raise ValueError(f"must not hold {', '.join(outside)} for {model}: unknown, or the same for all models")
        Settings().changed(part)
    return {model: dict(part) for model, part in value.items()}


_limit = optional(whole(1))


@dataclass(frozen=True, slots=True)
class Settings:
    """Times are in seconds. `changed` checks every value; build none with unchecked values."""

    time_to_first_token: float = _setting(0.05, number(0, 86400), "seconds from request to first token")
    jitter: float = _setting(0.0, number(0, 1), "share by which the time to first token varies, either way")
    tokens_per_second: float | None = _setting(
        200.0, optional(number(0.001)), "speed of an answer; null sends all of it at once"
    )
    chunk_tokens: int = _setting(1, whole(1), "tokens in one event of a stream")
    write_interval: float = _setting(
        0.01, number(0, 60), "least seconds between two writes of a stream: faster chunks travel together"
    )
    reply: str | None = _setting(
        None, optional(text), "the answer, Markdown or not; {message} stands for the last user message"
    )
    output_tokens: int | None = _setting(
        None, optional(whole(1, 1_000_000)), "exact length: the answer is cut or continued to it"
    )
    input_tokens: int | None = _setting(
        None, optional(whole(1)), "length of every prompt; null estimates it at four characters a token"
    )
    cache_read_tokens: int = _setting(0, whole(0), "tokens of the prompt reported as read from the prompt cache")
    cache_write_tokens: int = _setting(0, whole(0), "tokens of the prompt reported as written to it")
    context_window: int | None = _setting(
        None, _limit, "tokens of a prompt beyond which it is refused as too long; null: none"
    )
    requests_per_minute: int | None = _setting(None, _limit, "limit for each model and key")
    input_tokens_per_minute: int | None = _setting(None, _limit, "limit; tokens read from the cache are free")
    output_tokens_per_minute: int | None = _setting(None, _limit, "limit, charged as output_charge says")
    tokens_per_minute: int | None = _setting(None, _limit, "limit on input and output together, OpenAI's kind")
    concurrent_requests: int | None = _setting(None, _limit, "limit on requests under way, for each model and key")
    burst_seconds: float = _setting(
        60.0,
        number(0.01, 3600),
        "size of a full bucket: as many seconds' worth of the limit, at least one request",
    )
    output_charge: str = _setting(
        "vendor",
        choice("vendor", "produced", "reserved", "settled"),
        "when output tokens are charged: as they are produced; max_tokens at once; max_tokens at once with "
        "the rest given back; vendor means produced for Anthropic and reserved for OpenAI",
    )
    retry_after_format: str = _setting("seconds", choice("seconds", "date", "none"), "how a 429 says when to come back")
    api_keys: tuple[str, ...] | None = _setting(None, optional(names), "keys that are accepted; null: any")
    models: tuple[str, ...] | None = _setting(None, optional(names), "models that exist; null: any name does")
    embedding_dimensions: int = _setting(1536, whole(1, 16384), "length of vectors, unless the request says")
    batch_seconds: float = _setting(1.0, number(0, 864_000), "seconds that a batch takes")
    batch_invalid: str | None = _setting(
        None, optional(text), "requests of a batch with this in their last user message are refused as invalid"
    )
    batch_errored: str | None = _setting(None, optional(text), "the same: they fail with a server error")
    batch_expired: str | None = _setting(None, optional(text), "the same: the batch's time runs out before them")
    keep_requests: int = _setting(1000, whole(0, 100_000), "requests remembered with their bodies")
    seed: int | None = _setting(None, optional(whole(0)), "makes jitter and shares of faults repeatable")
    per_model: dict[str, dict[str, object]] = field(
        default_factory=dict,
        metadata={"check": _per_model, "about": 'settings that differ for a model: {"name": {"reply": "…"}}'},
    )

    def changed(self, values: Mapping[str, object]) -> "Settings":
        """A copy with the values merged in. Raises SettingsError naming every unknown key and bad value."""
        good: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for name, value in values.items():
            try:
                good[name] = _check(name, value)
            except ValueError as error:
                problems[name] = str(error)
        if problems:
            raise SettingsError(problems)
        return replace(self, **good)

    def for_model(self, model: str) -> "Settings":
        """The settings as they are for one model."""
        return self.changed(self.per_model[model]) if model in self.per_model else self

    def shown(self) -> dict[str, object]:
        """All settings as JSON values, with the keys counted but not told."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        if self.api_keys is not None:
            values["api_keys"] = f"({len(self.api_keys)} set, not shown)"
        return values


ABOUT: dict[str, str] = {item.name: item.metadata["about"] for item in fields(Settings)}
_CHECKS: dict[str, Check] = {item.name: item.metadata["check"] for item in fields(Settings)}
PER_MODEL = set(ABOUT) - {"api_keys", "models", "keep_requests", "seed", "per_model"}


def _check(name: str, value: object) -> object:
    if name not in _CHECKS:
        raise ValueError(f"is not a setting; there are: {', '.join(_CHECKS)}")
    return _CHECKS[name](value)
