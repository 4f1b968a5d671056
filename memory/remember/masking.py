"""Secrets in what people say: found, named, and masked. None of them is kept anywhere in memory. Pure functions.

What is a secret is said in one place, for logs as well: observability/redaction/secrets.py.
"""

from dataclasses import dataclass

from observability.redaction.secrets import SECRETS

MASK = "•••"


@dataclass(frozen=True)
class Secret:
    """Where in a text a secret stands, and what it is."""

    start: int
    end: int
    what: str


def secrets_in(text: str) -> list[Secret]:
    """The secrets of a text, in no order; they may overlap."""
    return [Secret(*place, each.words) for each in SECRETS for place in each.find(text, 0, len(text))]


def masked(text: str) -> str:
    """The text with each secret replaced by a mark."""
    end, parts = 0, []
    for secret in sorted(secrets_in(text), key=lambda each: each.start):
        if secret.start >= end:
            parts += [text[end : secret.start], MASK]
        end = max(end, secret.end)
    return "".join([*parts, text[end:]])
