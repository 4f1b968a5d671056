"""The words of questions. They are read when they are shown, and never kept: a contact may be erased meanwhile.

What is kept of a question is its mark, from which its words cannot be had again.
"""

from collections.abc import Collection, Mapping
from functools import cache
from hashlib import blake2b
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings

from conversations.models import Message
from memory.knowledge.smalltalk import small_talk
from routing.cached.normalise import normalised

LONGEST = 300  # characters; who writes more tells of a case of his own, and nobody else's words are the same
HELD = 40_000  # marks: a page that is looked at asks for them every minute
Key = TypeVar("Key", int, bytes)


class Mark(NamedTuple):
    """`form`: questions with the same one ask the same, but for their dress; `typed`: and look the same."""

    form: bytes
    typed: bytes
    small_talk: bool


class Said(NamedTuple):
    """A message that is shown."""

    text: str
    conversation: UUID


_messages: dict[int, Mark] = {}
_texts: dict[bytes, Mark] = {}  # by a digest of the text


def said(messages: Collection[int]) -> dict[int, Said]:
    """The messages of these numbers that are still there. Asks the database."""
    rows = Message.objects.filter(pk__in=messages).values_list("pk", "text", "conversation_id")
    return {pk: Said(text, conversation) for pk, text, conversation in rows}


def marks_of(messages: Collection[int]) -> Mapping[int, Mark]:
    """The marks of messages, without those that are gone. Asks the database for the words of new ones."""
    found = {message: mark for message in messages if (mark := _messages.get(message))}
    if unknown := [message for message in messages if message not in found]:
        rows = Message.objects.filter(pk__in=unknown).values_list("pk", "text")
        found |= _kept(_messages, _marks(dict(rows)))
    return found


def mark_of(text: str) -> Mark:
    """The mark of a text that is no message."""
    digest = _digest(text)
    return _texts.get(digest) or _kept(_texts, {digest: _mark(text)})[digest]


def form(text: str) -> str:
    """Its normal form, or the text itself where it has none."""
    return (normalised(text) if len(text) <= LONGEST else "") or text


def _marks(texts: Mapping[int, str]) -> dict[int, Mark]:
    """By message; what several asked is looked at once."""
    known = {text: _mark(text) for text in set(texts.values())}
    return {message: known[text] for message, text in texts.items()}


def _mark(text: str) -> Mark:
    return Mark(_digest(form(text)), _digest(text.strip()), bool(small_talk(text)))


def _digest(text: str) -> bytes:
    """With a key, so that nobody finds the words by trying."""
    return blake2b(text.encode(errors="replace"), key=_key(), digest_size=12).digest()


@cache
def _key() -> bytes:
    return settings.SECRET_KEY.encode()[:64]


def _kept(known: dict[Key, Mark], new: dict[Key, Mark]) -> dict[Key, Mark]:
    """The new ones, kept beside the others while there is room for both."""
    if len(known) + len(new) > HELD:
        known.clear()
    known.update(new)
    return new
