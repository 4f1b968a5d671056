"""A question that kills its worker every time is given up, alone."""

import asyncio
import os
import signal
import subprocess
import sys
from uuid import UUID, uuid4

import pytest
from django.db import connection

from conversations.delivery import eventlog
from conversations.models import Message, Turn, TurnState
from conversations.turns.accept import accept_message, after_accept
from embedded.processes import dies_with_parent
from people.sessions import Session
from tests.chaos.poisoned import POISON
from tests.plugin import REPOSITORY, servers
from tests.stack import _with_path

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
ATTEMPTS = 3
UNFINISHED = [TurnState.QUEUED, TurnState.RUNNING]


@pytest.fixture
def workers_log(redis_clean, tmp_path):
    """Two workers on the test's database, replaced when they die."""
    environment = {
        **os.environ,
        "PYTHONPATH": "platform",
        "DATABASE_URL": _with_path(servers.owner_url, connection.settings_dict["NAME"]),
        "PARLEY_LEASE_SECONDS": "3",  # a busy machine keeps a worker from renewing a shorter one
        "PARLEY_MAX_ATTEMPTS": str(ATTEMPTS),
    }
    path = tmp_path / "workers.log"
    with path.open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.poisoned"],
            cwd=REPOSITORY, env=environment, stdout=log, stderr=log, start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 - when pytest is killed
        )  # fmt: skip
    yield path
    os.killpg(supervisor.pid, signal.SIGKILL)
    supervisor.wait(10)


async def accept(site, number, text):
    session = Session(site.pk, f"anon:{number}")
    accepted = await accept_message(session, UUID(int=number), uuid4(), text)
    await after_accept(accepted)
    return accepted


async def ended(log):
    try:
        async with asyncio.timeout(200):
            while await Turn.objects.filter(state__in=UNFINISHED).aexists():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    except TimeoutError:
        turns = [(turn.pk, turn.state, turn.attempt, turn.error_detail) async for turn in Turn.objects.all()]
        raise AssertionError(f"{turns}\n{log.read_text()}") from None


@pytest.mark.slow  # five workers die and start anew
async def test_a_poisoned_question_is_given_up_and_those_beside_it_are_answered(site, workers_log):
    said = [await accept(site, number, POISON if number == 3 else "Hello") for number in range(1, 6)]
    await ended(workers_log)
    poisoned = said.pop(2)
    turn = await Turn.objects.aget(pk=poisoned.turn)
    assert (turn.state, turn.error, turn.attempt) == (TurnState.FAILED, "attempts", ATTEMPTS)
    page = await eventlog.read(poisoned.conversation, "")
    assert '"failed"' in page.events[-1][1], "the visitor is told"
    for other in said:
        assert [message.text async for message in Message.objects.filter(turn=other.turn)] == ["Done"]
    assert workers_log.read_text().count("A worker died") == ATTEMPTS
