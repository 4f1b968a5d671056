"""Where a turn's time went, as staff see it in the transcript."""

from datetime import timedelta

import pytest
from django.test import Client

from conversations.models import Conversation, Turn
from observability.tracing import sinks, span, store, trace


class _Parked(Exception):
    trace_state = "parked"


@pytest.fixture
def traced(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> Turn:
    """The answered turn: parked once, let in two seconds later, one model that failed and one that answered."""
    monkeypatch.setattr(sinks, "_sinks", [store.keep])
    turn = conversation.turns.filter(state="answered").get()
    about = {"turn": turn.pk, "conversation": conversation.pk, "accepted_at": turn.accepted_at}
    with pytest.raises(_Parked), trace(attempt=1, claimed_at=turn.accepted_at, **about):  # noqa: PT012
        with span("prepare"), span("recall", memories=3):
            pass
        raise _Parked
    with trace(attempt=2, claimed_at=turn.accepted_at + timedelta(seconds=2), **about) as t:
        with pytest.raises(TimeoutError), span("stream", provider="<b>vendor</b>"):
            raise TimeoutError
        with span("stream", provider="other", output_tokens=1211) as s:
            s.event("first_token")
        t.end("answered")
    store.flush()
    Turn.objects.filter(pk=turn.pk).update(recalled={"away": "the store did not answer"})
    return turn


def address(turn: Turn) -> str:
    return f"/admin/conversations/conversation/{turn.conversation_id}/steps/{turn.pk}/"


def test_a_turn_unfolds_into_its_attempts_waits_and_steps(olga: Client, traced: Turn) -> None:
    page = olga.get(f"/admin/conversations/conversation/{traced.conversation_id}/change/").content.decode()
    assert f'data-steps="{address(traced)}"' in page
    shown = olga.get(address(traced)).content.decode()
    for words in (
        'Attempt 1: <span class="parley-state parked">waits in line',
        "Waited for a rate tier",
        "waited for a rate tier <b>2.00 s</b>",
        "memories <b>3</b>",
        "Memory: the store did not answer",
        "TimeoutError",
        "&lt;b&gt;vendor&lt;/b&gt;",
        "output tokens <b>1,211</b>",
        "first words <b>after",
    ):
        assert words in shown, words


def test_steps_are_for_those_who_may_see_the_transcript_and_their_absence_is_explained(
    olga: Client, nobody: Client, conversation: Conversation
) -> None:
    failed = conversation.turns.get(state="failed")
    assert nobody.get(address(failed)).status_code == 403
    assert "within seconds" in olga.get(address(failed)).content.decode()
    Turn.objects.update(finished_at=failed.finished_at - timedelta(days=30))
    assert "They are kept for 14 days" in olga.get(address(failed)).content.decode()
    stranger = f"/admin/conversations/conversation/6f1c1a52-3f0e-4f0b-9a44-0c0d6a1c9e77/steps/{failed.pk}/"
    assert olga.get(stranger).status_code == 404
