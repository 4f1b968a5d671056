"""What the transcript tells of a turn: cost, times, what went wrong, what the search found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from conversations.admin.advice import advice
from conversations.admin.looks import between
from conversations.admin.routed import Routed, routed
from conversations.models import Turn, TurnState


@dataclass(frozen=True, slots=True)
class Reference:
    """A source or a passage: its words, its address when that is safe to click, its score as text."""

    title: str
    url: str
    score: str


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """A turn, ready to show. `figures` are (name, value) pairs without those that are not known."""

    turn: Turn
    figures: list[tuple[str, str]]
    passages: list[Reference]
    advice: str
    routed: Routed

    @property
    def unfinished(self) -> bool:
        """Whether somebody still waits for it."""
        return self.turn.state in {TurnState.QUEUED, TurnState.RUNNING}

    @property
    def waits_since(self) -> Any:
        """When its present state began."""
        return self.turn.started_at if self.turn.state == TurnState.RUNNING else self.turn.accepted_at


def facts(turn: Turn) -> TurnFacts:
    """Everything about a turn. Costs no query."""
    return TurnFacts(
        turn,
        [pair for pair in _figures(turn) if pair[1]],
        references(turn.passages),
        advice(turn.error) if turn.error else "",
        routed(turn),
    )


def _figures(turn: Turn) -> list[tuple[str, str]]:
    return [
        ("model", turn.model_name),
        ("tokens", _tokens(turn)),
        ("cost", cost_words(turn.cost)),
        ("waited", between(turn.accepted_at, turn.started_at)),
        ("first token", between(turn.started_at, turn.first_token_at)),
        ("in all", between(turn.accepted_at, turn.finished_at)),
        ("attempts", str(turn.attempt) if turn.attempt > 1 else ""),
        ("ended by", turn.finish_reason if turn.finish_reason not in {"", "stop"} else ""),
    ]


def cost_words(cost: Decimal | None) -> str:
    """Dollars with all their digits; empty for nothing, "not priced" where no price is known."""
    if cost is None:
        return "not priced"
    return f"${cost.normalize():f}" if cost else ""


def _tokens(turn: Turn) -> str:
    if turn.input_tokens is None and turn.output_tokens is None:
        return ""
    cached = f" ({turn.cached_input_tokens:,} cached)" if turn.cached_input_tokens else ""
    return f"{turn.input_tokens or 0:,} in{cached}, {turn.output_tokens or 0:,} out"


def references(stored: object) -> list[Reference]:
    """Sources or passages as they were stored; what is not one is left out."""
    if not isinstance(stored, Iterable) or isinstance(stored, str):
        return []
    return [_reference(each) for each in stored if isinstance(each, Mapping)]


def _reference(stored: Mapping[str, Any]) -> Reference:
    url, score = str(stored.get("url") or ""), stored.get("score")
    title = str(stored.get("title") or url or "untitled")
    return Reference(title, url if _safe(url) else "", f"{score:.3f}" if isinstance(score, int | float) else "")


def _safe(url: str) -> bool:
    """Whether a click leads to a page and not into a script."""
    try:
        return urlsplit(url).scheme in {"http", "https"} or (url.startswith("/") and not url.startswith("//"))
    except ValueError:
        return False
