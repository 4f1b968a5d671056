"""Every conversation's records are held; those that matter are kept, from the first one on."""

import os
import threading
from uuid import uuid4

import pytest
from django.utils import timezone

from observability.logs import Kind, Reason, deciding, holding, keeping, record, troubled, writing
from observability.logs.deciding import decide_due
from observability.logs.erasing import erase
from observability.logs.scripts import USED, client
from observability.logs.writing import flush
from observability.models import AlertIncident, AlertRule, HeldLog, LoggedConversation, LogRecord, LogTally
from tests.observability.logs_cast import kinds, share, why

TURN = (Kind.ACCEPTED, Kind.PREPARED, Kind.PROMPT, Kind.REPLY, Kind.FINISHED)


def a_turn(conversation, **about):
    for kind in TURN:
        record(conversation, kind, {"text": f"{kind} of it"}, turn=7, **{"site": 1, "audience": 2, "rule": 3, **about})


def test_untroubled_conversations_are_kept_to_their_share_exactly(hold):
    share(15)
    conversations = [uuid4() for _ in range(200)]
    for conversation in conversations:
        a_turn(conversation)
    hold(0)
    flush()
    assert decide_due() == 200
    assert LoggedConversation.objects.count() == 30
    assert LogRecord.objects.count() == 30 * len(TURN)
    assert {(row.outcome, row.conversations) for row in LogTally.objects.all()} == {("sampled", 30), ("dropped", 170)}
    assert int(client().get(USED)) == 0


def test_trouble_keeps_what_was_recorded_before_and_what_follows(hold):
    share(0)
    quiet, noisy = uuid4(), uuid4()
    for conversation in (quiet, noisy):
        a_turn(conversation)
    flush()
    assert decide_due() == 0, "held for half an hour"
    record(noisy, Kind.ERROR, {"cause": "provider"}, turn=7)
    troubled(noisy, Reason.ERROR)
    flush()
    assert decide_due() == 1
    assert kinds(noisy) == [*TURN, Kind.ERROR]
    a_turn(noisy)
    troubled(noisy, Reason.ESCALATION)
    flush()
    decide_due()
    assert kinds(noisy) == [*TURN, Kind.ERROR, *TURN]
    assert why(noisy) == [[Reason.ERROR, Reason.ESCALATION]]
    hold(0)
    record(quiet, Kind.RATING, {"value": 1})
    flush()
    decide_due()
    assert kinds(quiet) == []


def test_a_report_long_after_the_last_turn_finds_what_is_held(hold):
    share(0)
    conversation = uuid4()
    a_turn(conversation)
    flush()
    record(conversation, Kind.REPORT, {"text": "That was wrong."})
    troubled(conversation, Reason.REPORT)
    flush()
    decide_due()
    assert kinds(conversation) == [*TURN, Kind.REPORT]
    assert why(conversation) == [[Reason.REPORT]]


def test_an_alert_in_their_time_keeps_those_of_its_site(hold):
    share(0)
    now = timezone.now()
    numbers = {"threshold": 5, "worst": 9, "worst_at": now}
    AlertIncident.objects.create(name="p95", began_at=now, opened_at=now, site_ids=[1], **numbers)
    hold(0)
    concerned, other = uuid4(), uuid4()
    a_turn(concerned)
    a_turn(other, site=5)
    flush()
    decide_due()
    assert why(concerned) == [[Reason.ALERT]]
    assert why(other) == []


def test_those_that_ended_in_the_window_before_an_alert_are_kept_with_it(hold):
    share(0)
    hold(0)
    rule = AlertRule.objects.create(name="p95", figure="answer_seconds", measure="p95", threshold=5, window_minutes=5)
    conversations = {None: uuid4(), rule: uuid4()}
    for watching, conversation in conversations.items():
        a_turn(conversation)
        flush()
        bad = timezone.now()  # only now: the conversation has ended
        numbers = {"threshold": 5, "worst": 9, "worst_at": bad}
        incident = AlertIncident.objects.create(rule=watching, began_at=bad, opened_at=bad, **numbers)
        decide_due()
        incident.delete()
    assert why(conversations[None]) == []
    assert why(conversations[rule]) == [[Reason.ALERT]]


def test_the_most_specific_policy_decides(hold):
    share(0)
    share(100, site=1)
    share(0, site=1, audience=9)
    share(100, rule=4)
    hold(0)
    conversations = {name: uuid4() for name in ("site", "audience", "rule", "none")}
    a_turn(conversations["site"])
    a_turn(conversations["audience"], audience=9)
    a_turn(conversations["rule"], site=8, rule=4)
    a_turn(conversations["none"], site=8)
    flush()
    decide_due()
    kept = set(LoggedConversation.objects.values_list("conversation", flat=True))
    assert kept == {conversations["site"], conversations["rule"]}


def test_what_redis_has_no_room_for_is_held_in_postgres_and_decided_with_the_rest(hold):
    share(0)
    conversation, other = uuid4(), uuid4()
    a_turn(conversation)
    flush()
    hold(room=1200)
    a_turn(conversation)
    record(conversation, Kind.PROMPT, {"text": os.urandom(600).hex()})
    a_turn(other)
    flush()
    assert HeldLog.objects.count() == 2
    assert int(client().get(USED)) <= 1200
    troubled(conversation, Reason.THUMBS_DOWN)
    troubled(other, Reason.ERROR)
    flush()
    decide_due()
    assert kinds(conversation) == [*TURN, *TURN, Kind.PROMPT]
    assert kinds(other) == list(TURN)
    assert not HeldLog.objects.exists()
    hold(0, room=1)
    a_turn(uuid4())
    flush()
    assert decide_due() == 1
    assert LogTally.objects.get(outcome="dropped").records == len(TURN)


def test_without_redis_records_go_to_postgres_and_without_both_they_wait(hold, monkeypatch):
    conversation = uuid4()
    away = lambda *_: (_ for _ in ()).throw(ConnectionError("away"))  # noqa: E731
    monkeypatch.setattr(holding, "in_redis", away)
    real = holding.in_postgres
    monkeypatch.setattr(holding, "in_postgres", away)
    a_turn(conversation)
    flush()
    assert writing.writer.waiting
    monkeypatch.setattr(holding, "in_postgres", real)
    a_turn(conversation)
    troubled(conversation, Reason.WORKER_LOST)
    flush()
    assert not writing.writer.waiting
    assert HeldLog.objects.count() == 2
    decide_due()
    assert kinds(conversation) == [*TURN, *TURN]


def test_of_ten_thousand_records_the_first_and_the_newest_are_kept_and_the_gap_is_told(hold):
    hold(0, most_records=400)
    conversation, noisy = uuid4(), uuid4()
    share(100)
    for number in range(10_000):
        record(conversation, Kind.NOTE, {"n": number})
    flush()
    decide_due()
    rows = list(LogRecord.objects.filter(conversation=conversation).order_by("at", "number"))
    numbers = [row.content["n"] for row in rows if row.kind == Kind.NOTE]
    assert 300 < len(numbers) <= 400
    assert numbers[0] == 0
    assert numbers[-1] == 9999
    [gap] = [row for row in rows if row.kind == Kind.GAP]
    assert gap.content == {"left_out": 10_000 - len(numbers)}
    troubled(noisy, Reason.ERROR)
    for part in range(3):
        for number in range(200):
            record(noisy, Kind.NOTE, {"n": 200 * part + number})
        flush()
        decide_due()
    row = LoggedConversation.objects.get(pk=noisy)
    assert (row.records, row.left_out) == (400, 200)
    assert LogRecord.objects.filter(conversation=noisy, kind=Kind.GAP).count() == 1


def test_whoever_dies_between_keeping_and_letting_go_loses_and_doubles_nothing(hold, monkeypatch):
    share(100)
    conversation = uuid4()
    a_turn(conversation)
    hold(0)
    flush()
    with monkeypatch.context() as patch:
        patch.setattr(deciding, "release", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            decide_due()
    assert kinds(conversation) == list(TURN)
    assert decide_due() == 0, "nobody else decides for a minute"
    record(conversation, Kind.RATING, {"value": 1})
    flush()
    assert decide_due() == 1
    assert kinds(conversation) == [*TURN, Kind.RATING]
    assert LoggedConversation.objects.get(pk=conversation).records == len(TURN) + 1


def test_what_comes_while_it_is_decided_is_not_lost(hold, monkeypatch):
    share(100)
    conversation = uuid4()
    a_turn(conversation)
    hold(0)
    flush()
    real = keeping.keep

    def keep(*given):
        monkeypatch.setattr(deciding, "keep", real)
        record(conversation, Kind.RATING, {"value": -1})
        flush()
        return real(*given)

    monkeypatch.setattr(deciding, "keep", keep)
    decide_due()
    assert kinds(conversation) == [*TURN, Kind.RATING]


def test_an_erased_conversation_is_gone_everywhere_and_does_not_come_back(hold):
    share(100)
    kept, held, stored, other = (uuid4() for _ in range(4))
    hold(0)
    a_turn(kept)
    a_turn(other)
    flush()
    decide_due()
    hold()
    a_turn(held)
    a_turn(kept)
    flush()
    hold(room=1)
    a_turn(stored)
    flush()
    hold()
    a_turn(held)  # still in the buffer
    assert erase([kept, held, stored]) == len(TURN)
    flush()
    hold(0)
    record(held, Kind.NOTE, {"afterwards": True})
    troubled(held, Reason.ERROR)
    flush()
    decide_due()
    assert [kinds(each) for each in (kept, held, stored, other)] == [[], [Kind.NOTE], [], list(TURN)]


def test_recording_never_raises_whatever_it_is_given(hold):
    share(100)
    hold(0)
    conversation = uuid4()
    record(
        conversation, "nonsense", {"x": object(), 5: {1, 2}, "bytes": b"\0", "half": "\ud800 \0", "nan": float("nan")}
    )
    record(conversation, Kind.NOTE, ["no", "mapping"])
    threads = [threading.Thread(target=a_turn, args=[conversation]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flush()
    decide_due()
    rows = LogRecord.objects.filter(conversation=conversation)
    assert rows.count() == 2 + 3 * len(TURN)
    assert rows.order_by("number").first().content["kind"] == "nonsense"


def test_with_a_full_disk_nothing_raises_and_what_is_lost_is_counted(hold, monkeypatch):
    from django.db import OperationalError

    lost = []
    full = lambda *_: (_ for _ in ()).throw(OperationalError("No space left on device"))  # noqa: E731
    monkeypatch.setattr(holding, "in_redis", lambda pieces, _: (pieces, 0.0))
    monkeypatch.setattr(holding, "in_postgres", full)
    monkeypatch.setattr(writing, "WAITING", 5000)
    monkeypatch.setattr(writing, "add", lambda figure, value: lost.append((figure, value)))
    noisy = uuid4()
    for _ in range(20):
        record(uuid4(), Kind.PROMPT, {"text": os.urandom(1000).hex()})
        flush()
    record(noisy, Kind.NOTE, {"text": "kept, for it is in trouble"})
    troubled(noisy, Reason.ERROR)
    flush()
    assert any(batch.conversation == noisy for batch, _ in writing.writer._left)
    monkeypatch.setattr(writing, "TOLD_EACH", 0.0)
    flush()
    assert {figure for figure, _ in lost} == {"log_records_lost"}
    assert 14 <= sum(value for _, value in lost) <= 20


def test_more_than_the_buffer_holds_is_dropped_and_counted_but_trouble_is_let_in():
    from observability.logs.buffer import Buffer, Entry

    small = Buffer(most=10)
    for _ in range(15):
        small.put(Entry(uuid4(), Kind.NOTE))
    small.put(Entry(uuid4(), None, reason=Reason.REPORT), at_once=True)
    assert small.dropped_since() == 5
    assert len(small.take()) == 11


def test_two_that_decide_at_once_draw_for_nobody_twice(hold, monkeypatch):
    share(50)
    hold(0, room=1)
    for _ in range(20):
        a_turn(uuid4())
    flush()
    real, others = deciding.draw, []

    def draw(conversations):
        others.append(decide_due())
        return real(conversations)

    monkeypatch.setattr(deciding, "draw", draw)
    assert decide_due() == 20
    assert others == [0]
    assert LoggedConversation.objects.count() == 10
