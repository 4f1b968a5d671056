"""From statistics to a message: rules held against real rows, and told to a real (small) server."""

import asyncio
import itertools
import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.core import mail
from django.db import connection
from django.utils import timezone

from observability.alerts import delivering
from observability.alerts.channels import webhook
from observability.alerts.evaluating import evaluate, settled_seconds
from observability.alerts.trying import tried
from observability.models import AlertChannel, AlertDelivery, AlertIncident, AlertProgress, AlertRule
from observability.statistics.past import write_past
from tests.plugin import REPOSITORY

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a secret of the receiver's"
sites = itertools.count(910_000)


@pytest.fixture(autouse=True)
def _no_rows():
    AlertRule.objects.all().delete()
    yield
    with connection.cursor() as cursor:
        for table in ("minute", "fresh", "due"):
            cursor.execute(f"DELETE FROM observability_{table}")


@pytest.fixture
def place():
    """A site that nothing was counted for yet."""
    return next(sites)


@pytest.fixture
def beginning():
    """A whole minute, half an hour ago."""
    return timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=30)


def write(beginning, site, values, figure="answer_seconds", label="model", each=30):
    """In each minute from the beginning on, `each` values; None: nothing in that minute."""
    minutes = [(number, value) for number, value in enumerate(values) if value is not None]
    at = np.repeat([beginning.timestamp() + 60 * number + 1 for number, _ in minutes], each)
    told = np.repeat([float(value) for _, value in minutes], each)
    write_past(figure, [(label, site, 0, 0, 0)], np.zeros(len(at), dtype=np.int64), at, told)


def rule(site, **given):
    values = {
        "name": f"Slow at {site}", "figure": "answer_seconds", "measure": "p95", "threshold": 5, "window_minutes": 1,
        "hold_minutes": 2, "resolve_minutes": 2, "site_ids": [site], "least": 20,
    }  # fmt: skip
    return AlertRule.objects.create(**(values | given))


def after(beginning, minutes):
    """When the leader looks for the first time after the end of so many minutes."""
    return beginning + timedelta(minutes=minutes, seconds=settled_seconds() + 1)


def live(beginning, minutes):
    """What the leader does while so many minutes go by."""
    return [evaluate(after(beginning, minute)) for minute in range(minutes + 1)]


def recipe():
    """The function of the documentation by which a receiver checks a message."""
    text = (REPOSITORY / "docs" / "administrators.md").read_text()
    code = next(each for each in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "def is_genuine" in each)
    exec(code, found := {})
    return found["is_genuine"]


def hook(address, **given):
    channel = AlertChannel(name="Hook", kind="webhook", url=address, **given)
    channel.secret = SECRET
    channel.save()
    return channel


@asynccontextmanager
async def receiver(status="200 OK", head="", hang=False):
    """A small server; yields its address and the requests that it got, as (headers, body)."""
    got = []

    async def answer(reader, writer):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        if not hang:
            writer.write(f"HTTP/1.1 {status}\r\n{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", got
    finally:
        server.close()


async def test_an_alert_is_told_by_mail_and_signed_webhook_and_so_is_its_end(place, beginning, settings):
    settings.PUBLIC_URL = "https://chat.example"
    async with receiver() as (address, got):

        def until_it_is_over():
            slow = rule(place, note="Wake up")
            people = AlertChannel.objects.create(name="People", addresses="olga@shop.example\nmax@shop.example")
            slow.channels.set([hook(address), people])
            write(beginning, place, [1, 9, 9, 12, 1, 1, 1, 1])
            return live(beginning, 8)

        told = await sync_to_async(until_it_is_over)()
        assert told == [0, 0, 0, 0, 1, 0, 0, 1, 0]
        incident = await AlertIncident.objects.aget()
        assert (incident.worst, incident.ending) == (pytest.approx(12, rel=0.01), "recovered")
        assert incident.reason.startswith(
            f"p95 of “From message to answer” (site site {place}) over 1 minute was above 5 s for 2 minutes: 12"
        )
        assert [value for _, value, _ in incident.points][-4:] == pytest.approx([1, 9, 9, 12], rel=0.01)
        assert await delivering.deliver() == 2  # the end waits until the beginning was told
        assert await delivering.deliver() == 2
        assert await delivering.deliver() == 0
    (headers, body), (_, end) = got
    named = {f"X-Parley-{name}": headers[f"x-parley-{name.lower()}"] for name in ("Timestamp", "Signature")}
    is_genuine = recipe()
    assert is_genuine(SECRET, named, body)
    assert not is_genuine(SECRET, named, body + b" ")
    assert not is_genuine("another", named, body)
    assert not is_genuine(SECRET, {**named, "X-Parley-Timestamp": str(int(named["X-Parley-Timestamp"]) - 301)}, body)
    assert json.loads(body)["event"] == "alert.opened"
    assert json.loads(body)["links"]["alert"].startswith("https://chat.example/admin/")
    assert json.loads(end)["event"] == "alert.resolved"
    opened, over = mail.outbox
    assert opened.subject == f"[Parley] Alert: Slow at {place}"
    assert opened.to == ["olga@shop.example", "max@shop.example"]
    assert "Wake up" in opened.body
    assert "It recovered" not in over.body
    assert "(it recovered)" in over.body


async def test_a_receiver_that_fails_is_tried_again_and_given_up_and_one_that_hangs_is_cut(monkeypatch):
    monkeypatch.setattr(webhook, "SECONDS", 0.5)
    async with (
        receiver("503 Away") as (away, _),
        receiver(hang=True) as (hanging, _),
        receiver("302 Found", head="Location: http://127.0.0.1:1/\r\n") as (elsewhere, _),
    ):
        for name, address in (
            ("away", away),
            ("hanging", hanging),
            ("elsewhere", elsewhere),
            ("gone", "http://127.0.0.1:1/"),
        ):
            channel = await sync_to_async(hook)(address)
            await AlertChannel.objects.filter(pk=channel.pk).aupdate(name=name)
            await AlertDelivery.objects.acreate(channel=channel, event="test", payload={"event": "alert.test"})
        assert await delivering.deliver() == 4
        assert await delivering.deliver() == 0  # not before the pause is over
        rows = {row.channel.name: row async for row in AlertDelivery.objects.select_related("channel")}
        assert {name: (row.state, row.status) for name, row in rows.items()} == {
            "away": ("waiting", 503), "elsewhere": ("waiting", 302),
            "hanging": ("waiting", None), "gone": ("waiting", None),
        }  # fmt: skip
        assert rows["hanging"].error == "No answer within 0.5 seconds."
        assert rows["away"].next_at > timezone.now() + timedelta(seconds=8)
        await AlertDelivery.objects.aupdate(next_at=timezone.now(), tries=len(delivering.PAUSES))
        await AlertDelivery.objects.exclude(channel__name="away").adelete()
        assert await delivering.deliver() == 1
        assert (await AlertDelivery.objects.aget()).state == "given_up"


async def test_two_leaders_at_once_fire_once(place, beginning):
    def bad():
        rule(place, hold_minutes=0).channels.add(
            AlertChannel.objects.create(name="People", addresses="olga@shop.example")
        )
        write(beginning, place, [9, 9])
        evaluate(after(beginning, 0))

    await sync_to_async(bad)()
    moment = after(beginning, 1)
    told = await asyncio.gather(*(sync_to_async(evaluate, thread_sensitive=False)(moment) for _ in range(4)))
    assert sorted(told) == [0, 0, 0, 1]
    assert await AlertDelivery.objects.acount() == 1


def test_what_would_have_fired_is_what_fired(place, beginning):
    values = [1, 9, 9, 1, 9, 9, 9, None, 8, 1, 9, 1, 1, 1, 1, 9, 9, 9, 9]
    slow = rule(place, by="site", site_ids=[place], window_minutes=2)
    write(beginning, place, values)
    live(beginning, len(values))
    lived = [(row.began_at, row.opened_at, row.resolved_at, row.worst) for row in AlertIncident.objects.order_by("id")]
    (past,) = tried(slow, after(beginning, len(values)), days=1).groups

    def at(seconds):
        return seconds and datetime.fromtimestamp(seconds, UTC)

    assert lived == [(at(each.began), at(each.opened), at(each.ended), each.worst) for each, _ in past.firings]
    assert len(lived) == 2


def test_a_leader_that_comes_late_catches_up(place, beginning):
    rule(place)
    write(beginning, place, [9, 9, 9, 1, 1, 1, 9, 9, 9])
    evaluate(after(beginning, 0))
    assert evaluate(after(beginning, 9)) == 3
    assert AlertIncident.objects.filter(resolved_at=None).count() == 1


def test_a_rule_that_is_changed_switched_off_or_deleted_ends_its_alerts(place, beginning):
    write(beginning, place, [9] * 6)
    for minute, undo in enumerate(
        (
            lambda: AlertRule.objects.update(threshold=7),
            lambda: AlertRule.objects.update(enabled=False),
            lambda: AlertRule.objects.all().delete(),
        )
    ):
        AlertRule.objects.all().delete()
        rule(place, hold_minutes=0)
        assert evaluate(after(beginning, 1 + minute)) == 1
        undo()
        assert evaluate(after(beginning, 2 + minute)) == 1
        assert set(AlertIncident.objects.values_list("ending", flat=True)) == {"changed"}


def test_nothing_to_count_is_nought_and_a_breaker_that_nobody_mentions_is_closed(place, beginning):
    silence = rule(place, name="Nobody writes", figure="messages", measure="per_minute", direction="below", threshold=1)
    rule(
        place, name="Breaker", figure="breakers_open", measure="highest", by="label", site_ids=[], threshold=0,
        hold_minutes=0, resolve_minutes=0,
    )  # fmt: skip
    errors = {"figure": "turns", "measure": "share", "labels": ["failed"], "among": ["answered", "failed"]}
    rule(place, name="Errors", **errors, threshold=0.3, hold_minutes=0, resolve_minutes=0)
    model = f"model {place}"
    write(beginning, 0, [1, None, None], "breakers_open", model, each=1)
    write(beginning, 0, [0, 0, None], "turns_in", "queued", each=6)
    write(beginning, place, [1, 1, None, 1], "turns", "failed", each=10)
    write(beginning, place, [1, 1, None, 1], "turns", "answered", each=20)
    write(beginning, place, [1, 1, None, 1], "turns", "cancelled", each=50)
    live(beginning, 4)
    found = {row.name: (row.opened_at, row.resolved_at) for row in AlertIncident.objects.all()}
    minute = timedelta(minutes=1)
    assert found == {
        "Nobody writes": (beginning + 2 * minute, None),
        "Breaker": (beginning + minute, beginning + 2 * minute),
        "Errors": (beginning + minute, None),
    }
    assert AlertIncident.objects.get(name="Breaker").group == model
    assert AlertIncident.objects.get(name="Errors").worst == pytest.approx(1 / 3)
    assert tried(silence, after(beginning, 4), days=1).times == 1


def test_a_row_that_is_ahead_of_the_clock_does_not_stand_still(place, beginning):
    slow = rule(place, hold_minutes=0)
    write(beginning, place, [9, 9, 9])
    evaluate(after(beginning, 0))
    AlertProgress.objects.update(until=beginning + timedelta(days=3))
    live(beginning, 3)
    assert AlertIncident.objects.get().rule == slow
