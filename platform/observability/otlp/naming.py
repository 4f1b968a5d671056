"""What spans and their attributes are called: for calls of models as OpenTelemetry's conventions for generative AI
have it (development status, as of semantic-conventions-genai in November 2026), for all else with `parley.` before it.
"""

from collections.abc import Mapping, Sequence

from observability.tracing.spans import Span, Trace, clean

Value = str | bool | int | float | Sequence[str]
OWN = "parley."
CHAT = {
    "provider": "gen_ai.provider.name",
    "model": "gen_ai.request.model",
    "input_tokens": "gen_ai.usage.input_tokens",  # those from the cache included, as Parley counts them, too
    "cached_input_tokens": "gen_ai.usage.cache_read.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
}
FAILED = {"failed", "given_back"}  # what attempts end as that came to nothing


def is_chat(made: Span) -> bool:
    """Whether it is a call of a model."""
    return "provider" in made.attributes and "model" in made.attributes


def called(made: Span) -> str:
    """The span's name: `chat claude-haiku-4-5`, `parley.recall`."""
    return f"chat {made.attributes['model']}" if is_chat(made) else OWN + made.name.replace(" ", "_")


def error_of(made: Span) -> str:
    """The kind of what went wrong, or empty. An attempt that was given up says what its last failed step does."""
    if made.error or not isinstance(made, Trace) or made.state not in FAILED:
        return made.error
    return next((each.error for each in reversed(made.spans) if each.error), "_OTHER")


def attributes_of(made: Span, trace: Trace) -> dict[str, Value]:
    """All that is said of a span; of a trace also what turn it is, and whose."""
    found = _of_chat(made) if is_chat(made) else own(made.attributes)
    if made is trace:
        found |= _of_trace(trace)
    if made is trace or is_chat(made):
        found["gen_ai.conversation.id"] = str(trace.conversation)
    if error := error_of(made):
        found["error.type"] = error
    return found


def own(attributes: Mapping[str, object]) -> dict[str, Value]:
    """Attributes that no convention names."""
    return {OWN + name: value for name, value in clean(attributes).items()}


def _of_chat(made: Span) -> dict[str, Value]:
    said = clean(made.attributes)
    found: dict[str, Value] = {"gen_ai.operation.name": "chat", "gen_ai.request.stream": True}
    if reason := said.pop("finish_reason", None):
        found["gen_ai.response.finish_reasons"] = [str(reason)]
    first = next((at for name, at, _ in made.events if name == "first_token"), None)
    if first is not None:
        found["gen_ai.response.time_to_first_chunk"] = first - made.began
    return found | {CHAT.get(name, OWN + name): value for name, value in said.items()}


def _of_trace(trace: Trace) -> dict[str, Value]:
    numbers = {name: getattr(trace, name) for name in ("site", "model", "rule", "audience")}
    found = own({f"{name}.id": number for name, number in numbers.items() if number})
    found |= own({"turn.id": trace.turn, "turn.attempt": trace.attempt, "turn.state": trace.state})
    if trace.offset is not None:
        found[f"{OWN}turn.accepted_before_seconds"] = trace.offset
    return found
