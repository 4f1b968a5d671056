"""What a database needs before anyone uses it: tables, demo content, somebody who may sign in."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from embedded.announce import phase
from embedded.errors import StartError

ADMIN = "admin"


def furnish(*, new_password: bool) -> str | None:
    """Bring the database up to date; returns the administrator's password when one was made."""
    try:
        with phase("Tables") as say:
            say(migrate())
        if "seed_demo" in get_commands():
            with phase("Demo content"):
                call_command("seed_demo", verbosity=0)
        return make_administrator(new_password=new_password)
    except Error as error:
        raise StartError(f"The database refused: {str(error).strip()}") from error


def migrate() -> str:
    """Apply the migrations that are missing, and say how many there were."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not missing:
        return "up to date"
    call_command("migrate", interactive=False, verbosity=0)
    return f"{len(missing)} migrations applied"


def make_administrator(*, new_password: bool) -> str | None:
    """Make the account `admin` when nobody may administer yet, or give it a new password; returns that."""
    users: Any = get_user_model().objects
    if not new_password and users.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    user, _ = users.get_or_create(**{get_user_model().USERNAME_FIELD: ADMIN})
    user.is_staff = user.is_superuser = user.is_active = True
    user.set_password(password)
    user.save()
    return password
