"""The fields of a client's frame, each checked for what it must be."""

import unicodedata
from typing import Any
from uuid import UUID

from conversations.errors import Refused

Frame = dict[str, Any]


def reference(frame: Frame) -> str | int | None:
    """What a reply names the frame by: its `id`, where that is a short text or a number."""
    found = frame.get("id")
    return found if isinstance(found, str | int) and len(str(found)) <= 100 else None


def done(frame: Frame) -> Frame:
    """The reply that says: carried out."""
    return {"type": "done", "ref": reference(frame)}


def clean(text: str) -> str:
    """Text as Postgres can keep it: without NUL and lone surrogates, composed (NFC), no blank edges."""
    whole = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", whole).strip()


def text_field(frame: Frame, name: str, most: int) -> str:
    """A text of 1 to `most` characters. Raises Refused."""
    value = frame.get(name)
    if not isinstance(value, str):
        raise Refused("bad_value", f"`{name}` is a text.")
    if not (text := clean(value)):
        raise Refused("empty", "The message is empty. Write something first.")
    if len(text) > most:
        raise Refused(
            "too_long",
            f"At most {most:,} characters; yours has {len(text):,}. Shorten it, or send it in parts.",
        )
    return text


def uuid_field(frame: Frame, name: str) -> UUID:
    """A UUID. Raises Refused."""
    try:
        return UUID(frame[name])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Refused("bad_value", f"`{name}` is a UUID that the client chooses.") from None


def whole_field(frame: Frame, name: str) -> int:
    """A positive whole number. Raises Refused."""
    value = frame.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise Refused("bad_value", f"`{name}` is a positive whole number.")
    return value
