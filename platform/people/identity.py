"""A host site vouches for its user by a JSON Web Token (RFC 7519), HS256 with the site's identity secret."""

import logging
from dataclasses import dataclass

import jwt
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from people.models import AudienceTier, Contact, Site
from people.sessions import IDENTIFIED, Session

log = logging.getLogger(__name__)
LONGEST_LIFE = 7 * 86400  # seconds; a stolen token should not serve for ever
LEEWAY = 30


class BadIdentity(Exception):
    """The token does not vouch for anybody; the message says why, for the developer of the host site."""


@dataclass(frozen=True)
class Identity:
    """Whom the host site speaks of. `audience`: the key of a tier; "" for none; None when the token does not say."""

    subject: str
    name: str
    email: str
    audience: str | None = None


def read_identity(site: Site, token: str) -> Identity:
    """What the token says. Raises BadIdentity: wrong signature, expired, no `sub`, or a life over seven days."""
    try:
        claims = jwt.decode(
            token,
            site.identity_secret,
            algorithms=["HS256"],
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "sub"], "verify_aud": False},
        )
    except jwt.ExpiredSignatureError:
        raise BadIdentity("The contact token has expired. Make a fresh one for each page.") from None
    except jwt.InvalidTokenError as error:
        raise BadIdentity(f"The contact token was refused: {error}. Sign it with the site's identity secret.") from None
    if claims["exp"] - claims["iat"] > LONGEST_LIFE + LEEWAY:
        raise BadIdentity("The contact token lives longer than seven days. Shorten `exp`.")
    subject = str(claims["sub"]).strip()
    if not 0 < len(subject) <= 190 or "\x00" in subject:
        raise BadIdentity("The contact token's `sub` must be 1 to 190 characters: your own id of the user.")
    name = str(claims.get("name") or "").replace("\x00", "")[:200]
    audience = str(claims["audience"] or "") if "audience" in claims else None
    return Identity(subject, name, _email(claims.get("email")), audience)


def identified_session(site: Site, token: str) -> tuple[Session, Contact]:
    """The session of the user whom the host site vouches for; what the token says is kept. Raises BadIdentity."""
    identity = read_identity(site, token)
    said = {name: value for name, value in (("name", identity.name), ("email", identity.email)) if value}
    contact, _ = Contact.objects.update_or_create(
        site=site, key=f"{IDENTIFIED}{identity.subject}", defaults={**said, **_audience(site, identity.audience)}
    )
    contact.refresh_from_db(fields=["token_version"])
    return Session(site.pk, contact.key, contact.token_version), contact


def _audience(site: Site, key: str | None) -> dict[str, AudienceTier | None]:
    """What to change in the contact: its tier, where the token names one; nothing for a key that no tier has."""
    if key is None:
        return {}
    tiers: dict[str, AudienceTier | None] = {"": None, **{tier.key: tier for tier in AudienceTier.objects.all()}}
    if key not in tiers:
        log.warning("A contact token of the site %s names the audience tier %r; there is none.", site.key, key[:60])
        return {}
    return {"audience": tiers[key]}


def _email(value: object) -> str:
    try:
        validate_email(str(value or ""))
    except ValidationError:
        return ""
    return str(value)
