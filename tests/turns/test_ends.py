"""The line of the worker's log with which a turn ends."""

import pytest

from conversations.turns import run
from parley.background import settled
from routing.models import Model, Provider
from routing.ready import forget

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def last_line(say, caplog):
    """Ask, let a worker try; what it logs when that ends."""

    async def asked():
        with caplog.at_level("INFO", "conversations.turns.observing"):
            accepted = await say("Where is it?")
            await run.run_turn(accepted.turn)
            await settled()
        lines = [each.getMessage() for each in caplog.records if each.name == "conversations.turns.observing"]
        return lines[-1].removeprefix(f"Turn {accepted.turn} was ")

    return asked


async def test_a_turn_that_is_given_up_says_what_the_model_said(last_line, sim):
    provider = await Provider.objects.acreate(name="Main", vendor="openai", base_url=sim.openai_url)
    await Model.objects.acreate(provider=provider, name="m")
    forget()
    sim.set(api_keys=["another"])
    line = await last_line()
    assert line.startswith("given up: auth: ")
    assert line.endswith("Check the API key of provider 'Main'.")


async def test_what_went_wrong_in_here_is_one_line_without_secrets(last_line, settings, monkeypatch):
    async def fails(_turn):
        raise RuntimeError("No \n postgres://me:pass-word@host/ " + "and so on " * 100)

    settings.MAX_ATTEMPTS = 1
    monkeypatch.setattr(run, "prepare", fails)
    line = await last_line()
    assert line.startswith("given up: internal: RuntimeError: No postgres://me:…@host/ and so on ")
    assert line.endswith("…")
    assert len(line) < 450


async def test_a_turn_that_is_answered_needs_no_more_words(last_line, site):
    assert await last_line() == "answered"
