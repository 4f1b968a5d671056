"""Loaded before Django's settings are read: throw-away servers for the run, and no way to a paid provider.

A Postgres and a Valkey start on free ports in a temporary folder and end with the run, however it ends.
PARLEY_TEST_DATABASE_URL (of a role that may create databases, with pgvector in template1) and
PARLEY_TEST_REDIS_URL (everything in that database of it is deleted!) name others to use instead.
"""

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
# Compiling our sources and rewriting the tests' assertions takes eight seconds of every process that does it anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.path[:0] = [path for path in (str(REPOSITORY), str(REPOSITORY / "platform")) if path not in sys.path]

from embedded.postgres import EmbeddedPostgres  # noqa: E402 - needs the path
from embedded.valkey import EmbeddedValkey  # noqa: E402
from tests import guard  # noqa: E402
from tests.prepared import TEMPLATE, make_template  # noqa: E402
from tests.shares import Shares  # noqa: E402

SECRET_KEY = "only-for-tests-" + "0123456789abcdef" * 3
# Read by settings or by the vendors' SDKs; whoever runs the tests may have the real ones in the shell.
EMPTIED = (
    "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL",
    "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy",
    "https_proxy", "all_proxy",
)  # fmt: skip
# Of Postgres: no work of its own beside the tests, none for standbys, and passwords that cost nothing to check.
AT_REST = ("autovacuum=off", "wal_level=minimal", "max_wal_senders=0", "io_method=sync", "scram_iterations=1")


@dataclass(frozen=True)
class Servers:
    """Where the run's servers are. `application_url` is the role that owns nothing, as in production."""

    folder: Path
    owner_url: str
    application_url: str
    redis_url: str
    throw_away: bool
    template: str  # the database that others are copied from, with all tables; empty: the default one


servers: Servers


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the servers and set the environment; pytest-django reads the settings in the same hook, after."""
    global servers  # noqa: PLW0603 - hooks are functions of a module
    gc.disable()  # until everything is imported: a quarter of that was looking for garbage that cannot be there
    guard.install()
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", returncode=143))
    stack = ExitStack()
    early_config.add_cleanup(stack.close)
    if _only_hands_out(early_config):
        servers = _none()
        _set_environment(servers)
        yield
        gc.enable()  # it collects no tests
        return
    servers = _start(stack)
    yield
    _copy_test_databases()


def pytest_collection_finish() -> None:
    """Look for garbage again, but never among the modules and the tests themselves."""
    gc.freeze()
    gc.enable()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares | None:
    """Files by their weight, and those that need the running platform together: see `tests.shares`."""
    return Shares(config, log) if config.getoption("dist") == "loadfile" else None


def _only_hands_out(config: pytest.Config) -> bool:
    """Whether this is the process that leaves all tests to others, which have servers of their own."""
    return bool(getattr(config.known_args_namespace, "numprocesses", 0)) and "PYTEST_XDIST_WORKER" not in os.environ


def _none() -> Servers:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    return Servers(Path(tempfile.gettempdir()), nowhere, nowhere, "redis://127.0.0.1:1", True, "")


def _start(stack: ExitStack) -> Servers:
    folder = Path(tempfile.mkdtemp(prefix="parley-tests-"))
    folder.chmod(0o711)  # under root Postgres runs as another account, which must pass through
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    owner_url = application_url = os.environ.get("PARLEY_TEST_DATABASE_URL", "")
    throw_away = not owner_url
    redis_url = os.environ.get("PARLEY_TEST_REDIS_URL", "")
    if not owner_url:
        postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres", tests=True, settings=AT_REST))
        owner_url, application_url = postgres.owner_url, postgres.url
    if not redis_url:
        redis_url = stack.enter_context(EmbeddedValkey(folder / "valkey", keep=False)).url
    found = Servers(folder, owner_url, application_url, redis_url, throw_away, TEMPLATE if throw_away else "")
    _set_environment(found)
    if throw_away:
        make_template(postgres)
    return found


def _copy_test_databases() -> None:
    from django.db import connections

    if servers.template:
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = servers.template


def _set_environment(servers: Servers) -> None:
    for name in [name for name in os.environ if name.startswith(("PARLEY_", "OTEL_"))]:
        del os.environ[name]  # the suite tests the defaults, not the shell of whoever runs it
    for name in EMPTIED:
        os.environ.pop(name, None)
    os.environ.update(
        DATABASE_URL=servers.owner_url,
        REDIS_URL=servers.redis_url,
        PARLEY_STATE_DIR=str(servers.folder / "state"),
        SECRET_KEY=SECRET_KEY,
        NO_PROXY="*",
    )
