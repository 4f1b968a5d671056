"""Turns without processes of their own: messages accepted, queues looked into."""

from uuid import uuid4

import django_rq
import pytest

from conversations.turns.accept import accept_message, after_accept
from people.sessions import Session


@pytest.fixture
def session(site):
    """A visitor of the demo site who has not written yet."""
    return Session(site.pk, f"anon:{uuid4()}")


@pytest.fixture
def say(session, redis_clean):
    """Accept a message, and do what follows the commit."""

    async def accept(text, conversation=None, client_id=None):
        accepted = await accept_message(session, conversation or uuid4(), client_id or uuid4(), text)
        await after_accept(accepted)
        return accepted

    return accept


@pytest.fixture
def queued():
    """The ids of the jobs in the queue `turns`."""
    return lambda: django_rq.get_queue("turns").get_job_ids()
