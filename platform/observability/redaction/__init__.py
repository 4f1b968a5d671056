"""Personal data and secrets: found, named, and kept out of what is logged."""

from observability.redaction.finder import TITLES, Finder, Sort
from observability.redaction.redacting import all_redacted, numbered, redacted, redacted_text
from observability.redaction.rules import MASKED_KEYS, Rules, key_name
from observability.redaction.scanning import Custom, Finding, Scanner
from observability.redaction.secrets import SECRETS

__all__ = [
    "MASKED_KEYS",
    "SECRETS",
    "TITLES",
    "Custom",
    "Finder",
    "Finding",
    "Rules",
    "Scanner",
    "Sort",
    "all_redacted",
    "key_name",
    "numbered",
    "redacted",
    "redacted_text",
]
