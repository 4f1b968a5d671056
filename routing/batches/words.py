"""Texts from outside, made fit for Postgres."""

from typing import Any


def storable(text: str) -> str:
    """Without what Postgres takes in no text: NUL, and halves of characters."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "")


def storable_json(value: Any) -> Any:
    """The same for each text in a JSON value; names in objects are ours."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {name: storable_json(inner) for name, inner in value.items()}
    return [storable_json(inner) for inner in value] if isinstance(value, list | tuple) else value
