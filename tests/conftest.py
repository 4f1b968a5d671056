"""What every test may use: the named cast, clean servers, and the provider simulator."""

import inspect
import os
from collections.abc import AsyncIterator, Generator, Iterator
from typing import TYPE_CHECKING

import pytest
import redis as redis_client
from django.conf import settings
from django.test import override_settings

from simulator import Simulator, process

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from people.models import AudienceTier, Contact, Site
    from tests.stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let asynchronous tests close their loop's connections: one left keeps the database alive."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.append("pools")  # last in, so first out: before the database goes


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> None:
    from tests import flushing

    flushing.install()


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """A million rounds for each member of the cast took longer than the tests that they are in."""
    quick = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[quick, *settings.PASSWORD_HASHERS]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_clients() -> None:
    """Look at the disk for static files once: each test client did, for longer than its page took."""
    from servestatic.middleware import ServeStaticMiddleware

    look, known = ServeStaticMiddleware.add_files_from_finders, {}

    def remember(middleware: ServeStaticMiddleware) -> None:
        if not known:
            look(middleware)
            known.update(middleware.files)
        middleware.files.update(known)

    ServeStaticMiddleware.add_files_from_finders = remember


@pytest.fixture(scope="session", autouse=True)
def _statistics_when_asked() -> Iterator[None]:
    """Tests write statistics and logs by `flush()`, in their own transaction."""
    with override_settings(STATISTICS_SECONDS=0, LOG_SECONDS=0):
        yield


@pytest.fixture(autouse=True)
def _nothing_of_another_test() -> None:
    from tests import forgetting

    forgetting.forget_all()
    forgetting.take_what_waits()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The test database goes with its throw-away server; Django need not wait for its last connections."""
    from tests.plugin import servers

    return servers.throw_away


@pytest.fixture
async def pools(django_db_setup: None) -> AsyncIterator[None]:
    """Close `parley.pools` of the test's loop afterwards. Raw pools see only committed rows: mark such a test
    `django_db(transaction=True)`. Every asynchronous test has this without asking."""
    from parley import pools

    async with pools.resources():
        yield


@pytest.fixture
def redis_clean() -> Iterator["redis_client.Redis"]:
    """A client of the run's Redis, empty before and after the test."""
    with redis_client.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def site(db: None) -> "Site":
    """The site of the cast: "demo", embeddable from shop.example."""
    from people.models import Site

    values = {"name": "Demo Shop", "allowed_origins": "https://shop.example"}
    return Site.objects.update_or_create(key="demo", defaults=values)[0]


@pytest.fixture
def other_site(db: None) -> "Site":
    """A site that has nothing to do with the first."""
    from people.models import Site

    return Site.objects.create(key="other", name="Other Shop")


@pytest.fixture
def tiers(db: None) -> dict[str, "AudienceTier"]:
    """The audience tiers of a new installation, with small limits, by key: other tests may have emptied the table."""
    from people.models import AudienceTier

    limits = {"anonymous": (30, 2, 1000, 0), "identified": (60, 3, 2000, 0), "premium": (120, 50, None, 30)}
    names = ("messages_per_minute", "turns_at_once", "tokens_per_day", "head_start_seconds")
    return {
        key: AudienceTier.objects.update_or_create(
            key=key, defaults={"name": key.title(), **dict(zip(names, values, strict=True))}
        )[0]
        for key, values in limits.items()
    }


@pytest.fixture
def visitor(site: "Site") -> "Contact":
    """An anonymous contact of the site."""
    return site.contacts.create(key="anon:visitor")


@pytest.fixture
def alice(site: "Site") -> "Contact":
    """A contact whom the host site vouches for."""
    return site.contacts.create(key="id:alice", name="Alice", email="alice@shop.example")


@pytest.fixture
def outsider(other_site: "Site") -> "Contact":
    """A contact of the other site, who must not see anything of ours."""
    return other_site.contacts.create(key="anon:outsider")


@pytest.fixture
def administrator(db: None) -> "User":
    """Olga, who may do everything in the admin. `client.force_login(administrator)`."""
    from django.contrib.auth.models import User

    return User.objects.create_superuser("olga", "olga@shop.example", "a long password", first_name="Olga")


@pytest.fixture
def agent(db: None) -> "User":
    """Max, who is staff and was given no permission yet."""
    from django.contrib.auth.models import User

    return User.objects.create_user("max", password="another long password", is_staff=True, first_name="Max")


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A provider simulator in this process, for one asynchronous test."""
    async with Simulator(time_to_first_token=0.01, tokens_per_second=None) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def _simulator_process() -> Iterator[process.Handle]:
    with process.start(time_to_first_token=0.02) as handle:
        yield handle


@pytest.fixture
def simulator_process(_simulator_process: process.Handle) -> process.Handle:
    """A provider simulator in a process of its own, shared by the run and reset for each test."""
    _simulator_process.reset()
    return _simulator_process


@pytest.fixture(scope="session")
def _stack() -> Iterator["Stack"]:
    from tests.plugin import servers
    from tests.seed import CLAUDE, GOOD_KEY, GPT
    from tests.stack import Stack

    options = {"api_keys": [GOOD_KEY], "models": [CLAUDE, GPT], "time_to_first_token": 0.02}
    with process.start(**options) as simulator, Stack(servers, simulator) as stack:
        yield stack


@pytest.fixture
def live_stack(_stack: "Stack") -> "Stack":
    """The running platform, shared by the run: every process alive, its simulator reset, no model taken for down."""
    _stack.simulator.reset()
    _stack.require_ready()
    _stack.mend_models()
    return _stack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """Send the platform to rest after the last test that needs it: even idle it takes a fifth of a core."""
    stack = getattr(item, "funcargs", {}).get("live_stack")
    yield
    last = stack is not None and "live_stack" not in getattr(nextitem, "fixturenames", ())
    if last and "PYTEST_XDIST_WORKER" in os.environ:
        stack.rest()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the ends of the stack's logs beside a failure."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("live_stack")
    if stack is not None and report.failed:
        report.sections.append(("The stack's logs", stack.logs()))
    return report
