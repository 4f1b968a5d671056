"""Finding what is kept: the search page, one conversation's log, export; and how long it is kept."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from observability.logs import Kind, Reason, record, retention, troubled
from observability.logs.deciding import decide_due
from observability.logs.writing import flush
from observability.models import LoggedConversation, LogRecord, LogSettings
from tests.observability.logs_cast import share

SEARCH = "admin:observability_logrecord_changelist"


@pytest.fixture
def kept(hold):
    """Two kept conversations: of site 1 with trouble, and of site 2, sampled."""
    share(100)
    hold(0)
    bad, good = uuid4(), uuid4()
    record(bad, Kind.ACCEPTED, {"text": "Where is my <b>parcel</b>?"}, turn=71, site=1, audience=2)
    record(bad, Kind.ERROR, {"error": "timeout"}, turn=71, site=1, rule=5)
    troubled(bad, Reason.ERROR)
    record(good, Kind.ACCEPTED, {"text": "Opening hours, „bitte“?"}, turn=72, site=2)
    flush()
    decide_due()
    return bad, good


@pytest.fixture
def find(client, administrator):
    """The search page's text for these filters."""
    client.force_login(administrator)

    def look(**filters):
        return client.get(reverse(SEARCH), filters).content.decode()

    return look


def test_filters_find_conversations_and_records(kept, find, monkeypatch):
    from observability import names

    monkeypatch.setattr(names, "names", lambda kind: {1: "Shop", 2: "Trade", 5: "Fifth"})
    bad, good = map(str, kept)
    shown = lambda page: (bad in page, good in page)  # noqa: E731
    assert shown(find()) == (True, True)
    assert shown(find(reason="error")) == (True, False)
    assert shown(find(reason="sampled")) == (False, True)
    assert shown(find(site="2")) == (False, True)
    assert shown(find(audience="2")) == (True, False)
    assert shown(find(rule="5", kind="error")) == (True, False)
    assert shown(find(kind="accepted", site="1")) == (True, False)
    assert shown(find(q="„bitte“")) == (False, True)
    assert shown(find(q="PARCEL")) == (True, False)
    assert shown(find(q="100%_nothing")) == (False, False)
    assert shown(find(conversation="#72")) == (False, True)
    tomorrow = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert "in the future" in find(start=tomorrow)
    assert shown(find(end="2001-01-01T00:00")) == (False, False)


def test_what_was_said_is_escaped_and_only_for_those_who_may(kept, client, administrator, django_user_model):
    address = reverse("admin:observability_logrecord_conversation", args=[kept[0]])
    client.force_login(administrator)
    page = client.get(address).content.decode()
    assert "&lt;b&gt;parcel&lt;/b&gt;" in page
    assert "<b>parcel</b>" not in page
    assert client.get(reverse(SEARCH), {"conversation": str(kept[0])}).url == address
    client.force_login(django_user_model.objects.create_user("nils", is_staff=True))
    assert client.get(address).status_code == client.get(reverse(SEARCH)).status_code == 403


def test_kept_logs_are_exported_as_json_lines(kept, tmp_path, capsys):
    out = tmp_path / "logs.jsonl"
    call_command("export_logs", out=str(out))
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(line["conversation"], line["kind"], line["reasons"]) for line in lines] == [
        (str(kept[0]), "accepted", ["error"]),
        (str(kept[0]), "error", ["error"]),
        (str(kept[1]), "accepted", ["sampled"]),
    ]
    assert lines[2]["data"]["text"].startswith("Opening hours, „")
    assert "3 records" in capsys.readouterr().err
    with pytest.raises(CommandError, match="There is no site"):
        call_command("export_logs", site="nowhere")


def test_parquet_needs_its_library_and_says_so(kept, tmp_path):
    out = tmp_path / "logs.parquet"
    try:
        from pyarrow import parquet
    except ImportError:
        with pytest.raises(CommandError, match="pip install pyarrow"):
            call_command("export_logs", format="parquet", out=str(out))
    else:
        call_command("export_logs", format="parquet", out=str(out))
        assert parquet.read_table(out)["kind"].to_pylist() == ["accepted", "error", "accepted"]


def test_sampled_days_go_before_those_of_trouble_by_days_and_by_bytes(kept, monkeypatch):
    limits, _ = LogSettings.objects.update_or_create(pk=1, defaults={"sampled_days": 3, "troubled_days": 20})
    for days in (1, 5, 30):
        _move_back(kept, days)
        retention.tend()
        left = set(LogRecord.objects.values_list("conversation", flat=True))
        assert left == {1: set(kept), 5: {kept[0]}, 30: set()}[days]
        assert set(LoggedConversation.objects.values_list("pk", flat=True)) == left
    limits.delete()


def test_too_many_bytes_take_the_oldest_sampled_day_first(kept, monkeypatch):
    LogSettings.objects.update_or_create(pk=1, defaults={"sampled_days": 50, "troubled_days": 50})
    _move_back(kept, 5)
    parts = [part for part in retention.parts() if part.day]
    total = sum(part.size for part in retention.parts())
    before = retention._by_bytes(retention.parts(), {part.half: part.day for part in parts[:2]}, total - 1)
    assert list(before) == [retention.SAMPLED]
    LogSettings.objects.all().delete()


def _move_back(kept, days):
    """As if they had been kept so many days ago, in partitions of their own."""
    past = timezone.now() - timedelta(days=days)
    with connection.cursor() as cursor:
        for half in (retention.SAMPLED, retention.TROUBLED):
            cursor.execute("SELECT observability_make_partition(%s, %s)", [half, past])
    LogRecord.objects.filter(conversation__in=kept).update(at=past)
    LoggedConversation.objects.filter(pk__in=kept).update(first_at=past, last_at=past)
