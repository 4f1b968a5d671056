"""What is redacted: patterns that are looked for in texts, and names of fields whose values are never shown."""

import functools
from dataclasses import dataclass, field

from observability.redaction.scanning import Scanner

MASKED_KEYS = frozenset(
    (
        "password", "passwd", "pwd", "passphrase", "secret", "client_secret", "token", "access_token",
        "refresh_token", "id_token", "session_token", "api_key", "apikey", "x_api_key", "private_key",
        "authorization", "proxy_authorization", "cookie", "set_cookie", "credentials", "cvv", "cvc",
    )
)  # fmt: skip


@dataclass
class Rules:
    """What is redacted: what the scanner finds in texts, and values under these keys whatever they are."""

    scanner: Scanner = field(default_factory=Scanner)
    keys: frozenset[str] = MASKED_KEYS


@functools.lru_cache(maxsize=4096)
def key_name(name: str) -> str:
    """A field's name as `Rules.keys` has it."""
    return name.strip().casefold().replace("-", "_").replace(" ", "_")
