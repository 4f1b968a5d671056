"""Whether the models have changes that no migration makes yet."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


class Command(BaseCommand):
    """`makemigrations --check` for machines without a database: that waits 20 s for one and then warns."""

    help = "Fail, and name the apps, when a migration is missing. Asks no database."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when one is missing or two have the same parent."""
        del args, options
        loader = MigrationLoader(None, ignore_no_migrations=True)
        if conflicts := loader.detect_conflicts():
            raise CommandError(f"Two migrations follow the same one in: {', '.join(conflicts)}.")
        detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
        if changes := detector.changes(graph=loader.graph):
            raise CommandError("\n".join(["Run `manage.py makemigrations` for:", *_described(changes)]))
        self.stdout.write("No migration is missing.")


def _described(changes: dict[str, list[Any]]) -> list[str]:
    return [
        f"  {app}: {operation.describe()}"
        for app, migrations in changes.items()
        for migration in migrations
        for operation in migration.operations
    ]
