"""A throw-away Postgres with our tables, and Django on it in this process: for what needs no web server or worker."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.harness import DURABLE, ROOT

NOBODY = "redis://127.0.0.1:1/0"  # nothing in this process asks Redis


@contextmanager
def running_postgres(*settings: str) -> Iterator[Any]:
    """The server, migrated; Django is set up as the application's role. Once in a process."""
    os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "0123456789abcdef" * 3)
    from embedded.postgres import EmbeddedPostgres

    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    folder.chmod(0o711)  # under root Postgres runs as another account, which must pass through
    try:
        with EmbeddedPostgres(folder / "postgres", tests=True, settings=(*DURABLE, *settings)) as postgres:
            os.environ.update(PARLEY_STATE_DIR=str(folder / "state"), REDIS_URL=NOBODY, DATABASE_URL=postgres.owner_url)
            command = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0", "--skip-checks"]
            migrated = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
            if migrated.returncode:
                raise SystemExit(f"The tables cannot be made:\n{migrated.stderr[-2000:]}")
            os.environ["DATABASE_URL"] = postgres.url
            import django

            django.setup()
            yield postgres
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_redis() -> Iterator[Any]:
    """A throw-away Valkey, for the processes that are told its address."""
    from embedded.valkey import EmbeddedValkey

    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    try:
        with EmbeddedValkey(folder / "valkey", keep=False) as valkey:
            yield valkey
    finally:
        shutil.rmtree(folder, ignore_errors=True)
