"""Replies that must be JSON: found in what a model wrote around them, and held against their schema."""

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

import fastjsonschema

from routing.batches.words import storable_json


class BadReply(ValueError):
    """A reply that is no JSON, or not what was asked for. `str()` says in what."""


def checker(schema: Mapping[str, Any]) -> Callable[[Any], Any]:
    """What checks values against a JSON schema (draft 4 to 7). Raises ValueError for one that is none."""
    return _compiled(json.dumps(schema, sort_keys=True))


@functools.lru_cache(maxsize=64)
def _compiled(schema: str) -> Callable[[Any], Any]:
    try:
        check: Callable[[Any], Any] = fastjsonschema.compile(json.loads(schema), use_default=False)
    except (fastjsonschema.JsonSchemaDefinitionException, AttributeError, TypeError) as error:
        raise ValueError(f"reply_schema: {error}") from None
    return check


def fitting(text: str, schema: Mapping[str, Any]) -> str:
    """The JSON in a reply, in one form for all. Raises BadReply."""
    return checked(found_json(text), schema)


def checked(value: Any, schema: Mapping[str, Any]) -> str:
    """A value as JSON text. Raises BadReply when it does not fit."""
    try:
        checker(schema)(value)
        return json.dumps(storable_json(value), ensure_ascii=False, allow_nan=False)
    except (fastjsonschema.JsonSchemaValueException, ValueError) as error:
        raise BadReply(f"The reply does not fit its schema: {str(error)[:300]}") from None


def found_json(text: str) -> Any:
    """The JSON of a reply: all of it, or from its first bracket on (models like to add words). Raises BadReply."""
    stripped = text.strip()
    starts = [0, *sorted(place for place in (stripped.find("{"), stripped.find("[")) if place > 0)]
    for start in starts:
        try:
            value, end = json.JSONDecoder().raw_decode(stripped, start)
        except (ValueError, RecursionError):
            continue
        if start or end == len(stripped):
            return value
    raise BadReply(f"The reply is not JSON: it begins with {stripped[:80]!r}")
