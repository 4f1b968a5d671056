"""`manage.py order_memories`: memories and messages in the order of contacts, so that a recall reads few pages."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection

TABLES = {"memory_usermemory": "memory_of_contact", "memory_rememberedmessage": "remembered_of_contact"}


class Command(BaseCommand):
    """For the role that owns the tables: run it with DATABASE_URL set to DATABASE_OWNER_URL's value."""

    help = (
        "Rewrites the tables of memories in the order of contacts (CLUSTER). Recall of a contact with thousands of "
        "memories is then several times faster. Turns go on without memories meanwhile: half a minute for a million."
    )

    def handle(self, *_: Any, **options: Any) -> None:
        """One table after the other."""
        for table, index in TABLES.items():
            try:
                with connection.cursor() as cursor:
                    cursor.execute(f"CLUSTER {table} USING {index}")
                    cursor.execute(f"VACUUM ANALYZE {table}")  # else no index could be read alone
            except ProgrammingError as error:
                raise CommandError(
                    f"{table} cannot be rewritten: {str(error).strip()}. Run it as the role that owns the tables: "
                    "DATABASE_URL=<the value of DATABASE_OWNER_URL> manage.py order_memories"
                ) from error
            if options["verbosity"]:
                self.stdout.write(f"{table} is in the order of contacts.")
