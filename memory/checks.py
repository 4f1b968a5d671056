"""System checks of what the bot knows."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.db.backends.utils import CursorWrapper
from psycopg.conninfo import conninfo_to_dict

from memory.embedding import embedder, local_embedder
from memory.models import DIMENSIONS
from memory.stores import store

PASSES = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
REMEMBERED = "SELECT to_regclass('memory_usermemory') IS NOT NULL"


@register()
def check_embedder(**_: Any) -> Sequence[CheckMessage]:
    """The configured embedders can be made and have what they need, and the local one fits routing's columns."""
    try:
        found, local = embedder(), local_embedder()
    except (ImproperlyConfigured, TypeError) as error:
        return [Error(str(error), hint="Correct MEMORY in settings.", id="memory.E002")]
    if local.dimensions != DIMENSIONS:
        return [
            Error(
                f"The local embedder {local.name} makes {local.dimensions} numbers of a text; {DIMENSIONS} fit.",
                hint="Choose one with as many for MEMORY['LOCAL'], or leave it out.",
                id="memory.E003",
            )
        ]
    return [*local.check(), *(found.check() if found is not local else ())]


@register()
def check_store(**_: Any) -> Sequence[CheckMessage]:
    """The configured store can be made and has what it needs."""
    try:
        return store().check()
    except (ImproperlyConfigured, TypeError) as error:
        return [Error(str(error), hint="Correct MEMORY['STORE'] in settings.", id="memory.E005")]


@register(Tags.database)
def check_role(databases: Iterable[str] | None = None, **_: Any) -> Sequence[CheckMessage]:
    """The role that serves must not pass row-level security: in production, and wherever something is remembered.

    The role that migrates may: it is another one where DATABASE_OWNER_URL is set.
    """
    if "default" not in (databases or ()) or not _serves():
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(PASSES)
            role, passes = cursor.fetchone()
            remembers = passes and _remembers(cursor)
    except DatabaseError:
        return []  # parley.E009 says so
    return judge_role(role, passes=passes, matters=remembers or not settings.DEBUG)


def judge_role(role: str, *, passes: bool, matters: bool) -> Sequence[CheckMessage]:
    """An error for a role that passes the policies where that matters."""
    if not (passes and matters):
        return []
    return [
        Error(
            f"The role {role} passes row-level security: nothing but each query keeps contacts' memories apart.",
            hint="Give DATABASE_URL a role that owns nothing, and DATABASE_OWNER_URL the one that owns the tables: "
            f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS, or make another.",
            id="memory.E004",
        )
    ]


def _serves() -> bool:
    """Whether this process is connected as the role of DATABASE_URL."""
    return bool(connections["default"].settings_dict["USER"] == conninfo_to_dict(settings.DATABASE_URL).get("user", ""))


def _remembers(cursor: CursorWrapper) -> bool:
    cursor.execute(REMEMBERED)
    if cursor.fetchone() == (False,):
        return False
    cursor.execute("SELECT EXISTS (SELECT FROM memory_usermemory)")
    return bool(cursor.fetchone()[0])
