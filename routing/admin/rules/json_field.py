"""A form field of JSON that a builder edits: what cannot be read is explained, and stays as it was typed."""

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from unfold.widgets import UnfoldAdminTextareaWidget

MOST_CHARACTERS = 50_000
TOO_LONG = f"At most {MOST_CHARACTERS:,} characters. Take parts of it into a rule of their own."


class JsonTextField(forms.JSONField):
    """JSON that Postgres can keep. Raises ValidationError that says where it breaks."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminTextareaWidget({"rows": 10, "spellcheck": "false"})
        super().__init__(**{"widget": widget, **options})

    def to_python(self, value: Any) -> Any:
        """The parsed value."""
        if value in self.empty_values:
            return None
        if not isinstance(value, str):
            return value
        if len(value) > MOST_CHARACTERS:
            raise ValidationError(TOO_LONG)
        return parsed(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, when it cannot be parsed."""
        if self.disabled:
            return initial
        try:
            return self.to_python(data)
        except ValidationError:
            return InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        """Indented, for those who read it as it is."""
        return value if isinstance(value, InvalidJSONInput) else json.dumps(value, ensure_ascii=False, indent=2)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Spaces change nothing."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


def parsed(text: str) -> Any:
    """The value. Raises ValidationError."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ValidationError(f"No JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise ValidationError("Groups are nested too deeply.") from None
    except ValueError as error:  # a number of thousands of digits, NaN
        raise ValidationError(f"No JSON that can be kept: {error}.") from None
    if any(not _storable(each) for each in _strings(value)):
        raise ValidationError("There is a character in it that cannot be stored (NUL, or half of a pair).")
    return value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _strings(value: Any) -> Iterator[str]:
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            left += [*each, *each.values()]
        elif isinstance(each, list):
            left += each


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
