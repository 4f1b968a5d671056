"""Checks of what the environment says. They ask no server anything."""

import difflib
import ipaddress
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from parley import env

PREFIX, TESTS = "PARLEY_", "PARLEY_TEST_"
SHORTEST_KEY, FEWEST_CHARACTERS = 32, 5


@dataclass(frozen=True)
class Range:
    """What is sensible for a setting; `broken` if nothing works beyond it."""

    variable: str
    setting: str
    low: float
    high: float
    beyond: str
    broken: bool = False


RANGES = (
    Range("PORT", "PORT", 1, 65535, "there is no such port", broken=True),
    Range("PARLEY_POOL_SIZE", "POOL_SIZE", 1, 100, "Postgres is slow with so many connections"),
    Range("PARLEY_MESSAGE_MAX_CHARACTERS", "MESSAGE_MAX_CHARACTERS", 1, 200_000, "no model reads so much"),
    Range("PARLEY_LEASE_SECONDS", "LEASE_SECONDS", 2, 60, "dead workers are found too early or too late"),
    Range("PARLEY_MAX_ATTEMPTS", "MAX_ATTEMPTS", 1, 20, "a message that kills workers would kill as many"),
    Range("PARLEY_EVENT_LOG_LENGTH", "EVENT_LOG_LENGTH", 50, 100_000, "Redis holds all of them"),
    Range("PARLEY_EVENT_LOG_SECONDS", "EVENT_LOG_SECONDS", 60, 2_592_000, "Redis holds them for so long"),
    Range("PARLEY_DELTA_SECONDS", "DELTA_SECONDS", 0, 1, "answers would arrive in jumps"),
    Range("PARLEY_HISTORY_MESSAGES", "HISTORY_MESSAGES", 1, 200, "the model reads (and bills) all of them"),
    Range("PARLEY_SUMMARY_TOKENS", "SUMMARY_TOKENS", 0, 2000, "a summary as long as what it stands for is none"),
    Range("PARLEY_SESSION_DAYS", "SESSION_DAYS", 1, 3650, "a lost token would be good for ever"),
    Range("PARLEY_STALL_SECONDS", "STALL_SECONDS", 2, 300, "answers end too early or visitors wait too long"),
    Range("PARLEY_FIRST_TOKEN_SECONDS", "FIRST_TOKEN_SECONDS", 2, 600, "models think and visitors wait"),
    Range("PARLEY_WORKERS", "WORKERS", 1, 64, "run `manage.py work` on other machines instead"),
    Range("PARLEY_TRUSTED_PROXIES", "TRUSTED_PROXIES", 0, 10, "visitors could name any address as theirs"),
)  # fmt: skip


def check_secret_key(**_: Any) -> Sequence[CheckMessage]:
    """E001: the key that signs tokens and encrypts API keys can be guessed."""
    key = str(settings.SECRET_KEY)
    if len(key) >= SHORTEST_KEY and len(set(key)) >= FEWEST_CHARACTERS and "insecure" not in key:
        return []
    return [
        Error(
            f"SECRET_KEY can be guessed: it needs {SHORTEST_KEY} characters or more, by chance.",
            hint="Unset it, and Parley makes one and keeps it in the state folder; or set it to what "
            '`python -c "import secrets; print(secrets.token_urlsafe(48))"` prints. API keys that are stored '
            "in the admin have to be entered again after a change.",
            id="parley.E001",
        )
    ]


def check_hosts(**_: Any) -> Iterator[CheckMessage]:
    """E002: debug pages for strangers. W006: any host name is answered to."""
    public = [host for host in settings.ALLOWED_HOSTS if not _is_local(host)]
    if settings.DEBUG and public:
        yield Error(
            f"PARLEY_DEBUG shows settings and code to whoever reaches {', '.join(public)}.",
            hint="Unset PARLEY_DEBUG, or leave only localhost in ALLOWED_HOSTS.",
            id="parley.E002",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield checks.Warning(
            "ALLOWED_HOSTS is *: a forged Host header ends up in links.",
            hint="List the names that this server really has: ALLOWED_HOSTS=chat.example.com",
            id="parley.W006",
        )


def check_ranges(**_: Any) -> Iterator[CheckMessage]:
    """E003 and W003: numbers that can be read, but do not work or hardly do."""
    for item in RANGES:
        value = getattr(settings, item.setting)
        if not item.low <= value <= item.high:
            kind, number = (Error, "E003") if item.broken else (checks.Warning, "W003")
            yield kind(
                f"{item.variable}={value:g} is not between {item.low:g} and {item.high:g}: {item.beyond}.",
                hint=f"Unset it for {env.DECLARED[item.variable].default}, or choose a value in that range.",
                id=f"parley.{number}",
            )


def check_origins(**_: Any) -> Iterator[CheckMessage]:
    """E004: no browser sends such an origin. W007: cookies in clear although there is TLS."""
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
            yield Error(
                f"CSRF_TRUSTED_ORIGINS holds {origin!r}, which is not an origin.",
                hint="Write scheme and host, without a path or a slash at the end: https://chat.example.com",
                id="parley.E004",
            )
    if not settings.SESSION_COOKIE_SECURE and any(o.startswith("https:") for o in settings.CSRF_TRUSTED_ORIGINS):
        yield checks.Warning(
            "The admin is reached over HTTPS, but its cookies are sent over HTTP too.",
            hint="Set PARLEY_SECURE_COOKIES=yes.",
            id="parley.W007",
        )


def check_provider_addresses(**_: Any) -> Iterator[CheckMessage]:
    """E005: the address of a provider is not one."""
    for name in ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"):
        value = getattr(settings, name)
        if value and not (urlsplit(value).scheme in {"http", "https"} and urlsplit(value).hostname):
            yield Error(
                f"{name} is not an address of a web server.",
                hint=f"Write it like http://127.0.0.1:11434/v1, or unset {name} for the vendor's own.",
                id="parley.E005",
            )


def check_names(**_: Any) -> Iterator[CheckMessage]:
    """W005: a variable that means nothing to Parley, most likely misspelt."""
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and not name.startswith(TESTS) and name not in env.DECLARED:
            near = difflib.get_close_matches(name, env.DECLARED, n=1, cutoff=0.6)
            yield checks.Warning(
                f"The environment sets {name}, which Parley does not know.",
                hint=f"Did you mean {near[0]}?" if near else "docs/settings.md lists what there is.",
                id="parley.W005",
            )


def _is_local(host: str) -> bool:
    name = host.strip("[]")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


CHECKS: tuple[Callable[..., Any], ...] = (
    check_secret_key, check_hosts, check_ranges, check_origins, check_provider_addresses, check_names,
)  # fmt: skip
