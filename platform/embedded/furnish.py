"""What a database needs before anyone uses it: tables, demo content, somebody who may sign in."""

import secrets
from io import StringIO
from typing import Any

from django.contrib.auth import get_user_model
from django.core.checks import run_checks
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
    """Run Django's checks, those of the servers too. Raises StartError for errors; warnings are told."""
    with phase("Settings") as say:
        found = [one for one in run_checks(databases=["default"]) if not one.is_silenced()]
        errors = [one for one in found if one.is_serious()]
        if errors:
            raise StartError("\n".join(str(one) for one in errors))
        say(f"{len(found)} remarks" if found else "in order")
    for one in found:
        note(str(one))


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
