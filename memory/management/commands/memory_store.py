"""`manage.py memory_store`: where memories' vectors are searched, how far that place is filled; and emptying it."""

from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError, CommandParser

from memory.models import StoreFilling
from memory.stores import store
from memory.stores.base import StoreError
from memory.stores.filling import progress


class Command(BaseCommand):
    """Of the store that settings name; name another in the environment of this one call to empty it."""

    help = (
        "Shows the store of memories' vectors and how far it is filled. With --empty it erases everything in it: for "
        "the store that was left, PARLEY_MEMORY_STORE=… PARLEY_MEMORY_STORE_URL=… manage.py memory_store --empty"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One option."""
        parser.add_argument("--empty", action="store_true", help="erase what the store holds of everybody")

    def handle(self, *_: Any, empty: bool, **__: Any) -> None:
        """Show, or empty."""
        if empty:
            self._empty()
        elif (found := progress()) is None:
            self.stdout.write("Memories' vectors are searched in Postgres.")
        elif found.filled_at:
            self.stdout.write(f"{found.store} has all vectors, since {found.filled_at:%Y-%m-%d %H:%M} UTC.")
        else:
            self.stdout.write(f"{found.store} is being filled from Postgres: {found.copied:,} vectors so far.")

    def _empty(self) -> None:
        name = store().name
        if StoreFilling.objects.filter(store=name, in_use=True).exists():
            raise CommandError(
                f"{name} is in use. Start the workers with another PARLEY_MEMORY_STORE first, and name this one in the "
                "environment of this command only."
            )
        try:
            async_to_sync(store().empty)()
        except StoreError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{name} is empty.")
