"""What a database needs before anyone uses it: tables, demo content, somebody who may sign in."""

import secrets
from io import StringIO
from typing import Any

from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage
from django.core.checks.registry import registry
from django.core.management import call_command, get_commands
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from embedded.announce import note, phase
from embedded.errors import StartError

ADMIN = "admin"


def furnish(*, new_password: bool) -> str | None:
    """Bring the database up to date; returns the administrator's password when one was made."""
    try:
        with phase("Tables") as say:
            say(migrate())
        if "seed_demo" in get_commands():
            with phase("Demo content") as say:
                said, remarks = call("seed_demo")
                say(said or "there")
            for remark in remarks:
                note(remark)
        return make_administrator(new_password=new_password)
    except Error as error:
        raise StartError(f"The database refused: {str(error).strip()}") from error


def call(command: str) -> tuple[str, list[str]]:
    """Run a command of the project; returns what it said, on one line, and what it complained of."""
    output, complaints = StringIO(), StringIO()
    call_command(command, stdout=output, stderr=complaints, no_color=True)
    return " ".join(output.getvalue().split()), complaints.getvalue().splitlines()


def check() -> None:
    """Ask what is wrong with the settings and the servers. Raises StartError for errors; warnings are told.

    Django's own checks are of the code and take their time: the workers run them.
    """
    with phase("Settings") as say:
        ours = [one for one in registry.get_checks() if not one.__module__.startswith("django.")]
        found = [message for one in ours for message in one(app_configs=None, databases=["default"])]
        if errors := [_text(message) for message in found if message.is_serious()]:
            raise StartError("\n".join(errors))
        warnings = [message for message in found if not message.is_silenced()]
        say(f"{len(warnings)} remarks" if warnings else "in order")
    for message in warnings:
        note(_text(message))


def _text(message: CheckMessage) -> str:
    return f"{message.msg} {message.hint or ''} ({message.id})"


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
