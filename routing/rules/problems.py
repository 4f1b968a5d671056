"""What is wrong with a condition's tree or an action: words for each part and field."""

from collections.abc import Mapping

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

Problems = dict[str, dict[str, str]]


class PartsError(ValidationError):
    """`problems`: {path: {field: words}}; field "" is the part itself.

    A path names a part of the JSON as keys and indices joined by "/" ("all/0/any/1"); "" is the whole.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        super().__init__(list(lines(problems)))


def lines(problems: Problems) -> list[str]:
    """A line for each: where, what."""
    return [
        f"{where}: {words}" if (where := "/".join(part for part in (path, field) if part)) else words
        for path, fields in problems.items()
        for field, words in fields.items()
    ]


def by_field(error: ValidationError) -> dict[str, str]:
    """{field: words} of what a kind's `parse` raised."""
    if hasattr(error, "error_dict"):
        fields: Mapping[str, list[str]] = error.message_dict
        return {"" if name == NON_FIELD_ERRORS else name: " ".join(words) for name, words in fields.items()}
    return {"": " ".join(error.messages)}
