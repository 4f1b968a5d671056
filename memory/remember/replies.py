"""A model's reply, read piece by piece: what is wrong with one memory does not cost the others."""

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import fastjsonschema

from memory.models import Kind, UserMemory
from memory.remember.candidates import Action, Candidate, Said
from memory.remember.prompting import PIECE

MOST_PIECES = 100


@dataclass(frozen=True)
class Read:
    """The memories that can be merged, and what was wrong with the others, for the log: no text of them."""

    candidates: list[Candidate] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def read_reply(reply: object, contact_id: UUID, messages: Mapping[int, Said], known: Set[int]) -> Read:
    """Read a reply: text or JSON as values. Never raises, whatever it is.

    messages  what it may name, by number; known  the ids of memories that it may name
    """
    found = Read()
    try:
        value = json.loads(reply) if isinstance(reply, str | bytes) else reply
    except (ValueError, RecursionError) as error:
        found.wrong.append(f"The reply is not JSON: {str(error)[:100]}")
        return found
    pieces = value.get("memories") if isinstance(value, dict) else None
    if not isinstance(pieces, list):
        found.wrong.append("The reply has no list `memories`.")
        return found
    for piece in pieces[:MOST_PIECES]:
        try:
            found.candidates.append(_candidate(piece, contact_id, messages, known))
        except ValueError as error:
            found.wrong.append(str(error)[:200])
    if len(pieces) > MOST_PIECES:
        found.wrong.append(f"{len(pieces) - MOST_PIECES} memories too many.")
    return found


def _candidate(piece: Any, contact_id: UUID, messages: Mapping[int, Said], known: Set[int]) -> Candidate:
    """One memory. Raises ValueError saying why it is none."""
    try:
        _checker()(piece)
    except fastjsonschema.JsonSchemaValueException as error:
        raise ValueError(
            f"It does not fit the schema: {error.name} must be {error.definition and error.rule}"
        ) from None
    if piece.get("contact", str(contact_id)) != str(contact_id):
        raise ValueError("It names another contact.")
    said = messages.get(piece["message"])
    if said is None:
        raise ValueError(f"It names message {piece['message']}, which was not shown.")
    action, target = Action(piece["action"]), piece.get("memory")
    if target is not None and target not in known:
        raise ValueError(f"It names memory {target}, which is not one of this contact.")
    if action in {Action.UPDATE, Action.SUPERSEDE} and target is None:
        raise ValueError(f"It would {action} without naming a memory.")
    return Candidate(
        text=" ".join(piece["text"].replace("\0", " ").split()),
        said=said,
        kind=Kind(piece["kind"]),
        subject=" ".join(piece["subject"].replace("\0", " ").split()),
        action=action,
        target=target,
        confidence=piece.get("confidence", 0.7),
        importance=piece.get("importance", 0.5),
        holds_from=_moment(piece.get("holds_from")),
        holds_until=_moment(piece.get("holds_until")),
        origin=UserMemory.Origin.MODEL,
        reason=piece.get("reason", "").replace("\0", " "),
    )


def _moment(text: str | None) -> datetime | None:
    """A date or time as ISO 8601; in UTC where it does not say. Raises ValueError."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@cache
def _checker() -> Any:
    return fastjsonschema.compile(PIECE, use_default=False)
