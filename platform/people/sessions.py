"""The widget's session: a signed token that says which contact of which site is speaking."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing

SALT = "parley.session"
ANONYMOUS, IDENTIFIED = "anon:", "id:"


class BadToken(Exception):
    """The token is not ours, was changed, is too old, or was withdrawn."""


@dataclass(frozen=True)
class Session:
    """One contact of one site, as its token says. `version` is the contact's when the token was made."""

    site_id: int
    key: str
    version: int = 1

    @property
    def identified(self) -> bool:
        """Whether the host site vouched for this contact."""
        return self.key.startswith(IDENTIFIED)

    def token(self) -> str:
        """The signed form; valid for PARLEY_SESSION_DAYS."""
        return signing.dumps([self.site_id, self.key, self.version], salt=SALT)


def anonymous(site_id: int) -> Session:
    """A session of somebody new."""
    return Session(site_id, f"{ANONYMOUS}{uuid.uuid4()}")


def expires_at() -> datetime:
    """When a token that is made now ends."""
    return datetime.now(UTC) + timedelta(days=settings.SESSION_DAYS)


def read_token(token: object) -> Session:
    """The session behind a token. Raises BadToken."""
    if not isinstance(token, str) or not token or len(token) > 1000:
        raise BadToken
    try:
        site_id, key, version = signing.loads(token, salt=SALT, max_age=timedelta(days=settings.SESSION_DAYS))
    except (signing.BadSignature, ValueError, TypeError):
        raise BadToken from None
    return Session(int(site_id), str(key), int(version))
