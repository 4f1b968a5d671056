"""Boards: who may look, whether their numbers are those that were counted, and what bad ranges are told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from observability.dashboards import Board, Column, Entry, Listing, behind, board, extend, register
from observability.dashboards.ranges import Range, range_of
from observability.models import AlertIncident
from observability.names import forget
from observability.statistics import add, adding
from observability.statistics.past import write_past
from people.models import Site
from people.roles import ensure_roles
from routing.models import Model, Provider

BOARDS = "/admin/observability/dashboards/"
PAGES = ("latency/", "latency/data/", "latency/answer.csv")
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
START = NOW - timedelta(minutes=40)
RANGE = {"from": f"{START:%Y-%m-%dT%H:%M:%SZ}", "to": f"{START + timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}"}


@pytest.fixture
def ada(db: None) -> Client:
    """The browser of Ada, an analyst."""
    ensure_roles()
    user = User.objects.create_user("ada", password="a third password", is_staff=True)
    user.groups.add(Group.objects.get(name="Analysts"))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def models(db: None) -> list[Model]:
    """Two; the first has a name that a spreadsheet would compute."""
    forget()
    provider = Provider.objects.create(name="Vendor", vendor="openai")
    return [provider.models.create(name=name) for name in ("=HYPERLINK(1)", "small")]


@pytest.fixture
def _boards(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten after it."""
    monkeypatch.setattr(board, "_boards", dict(board._boards))
    monkeypatch.setattr(behind, "_registered", list(behind._registered))


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    adding.take()
    yield
    forget()


def put(figure: str, minute: int, values: list[float], label: str = "", site: int = 0, model: int = 0) -> None:
    """Count values in a minute after START (before it, where negative)."""
    at = np.full(len(values), (START + timedelta(minutes=minute)).timestamp())
    write_past(figure, [(label, site, model, 0, 0)], np.zeros(len(values), dtype=int), at, np.array(values))


def told(browser: Client, slug: str, **query: object) -> dict:
    response = browser.get(f"{BOARDS}{slug}/data/", {**RANGE, **query})
    assert response.status_code == 200, response.content
    return response.json()


def lines(answer: dict, chart: str) -> dict[str, dict]:
    found = next(each for each in answer["charts"] if each["slug"] == chart)
    return {line["title"]: line for line in found["lines"]}


def tiles(answer: dict) -> dict[str, tuple]:
    return {tile["title"]: (tile["value"], tile["before"]) for tile in answer["tiles"]}


def test_an_analyst_sees_every_board_and_others_none(ada: Client, agent: User) -> None:
    assert ada.get(BOARDS).headers["Location"] == f"{BOARDS}overview/"
    for each in board.all_boards():
        assert ada.get(f"{BOARDS}{each.slug}/").status_code == 200
        assert ada.get(f"{BOARDS}{each.slug}/data/").status_code == 200
    stranger, nobody = Client(), Client()
    nobody.force_login(agent)
    for page in ("", *PAGES):
        assert nobody.get(BOARDS + page).status_code == 403
        assert stranger.get(BOARDS + page).status_code == 302
    assert ada.get(f"{BOARDS}none/").status_code == 404
    assert ada.get(f"{BOARDS}latency/none.csv").status_code == 404
    menu = ada.get("/admin/").content.decode()
    assert BOARDS in menu
    assert "/admin/routing/provider/" not in menu


def test_percentiles_are_those_of_what_was_counted_with_gaps_where_nothing_was(ada: Client, models) -> None:
    values = [float(n) for n in range(1, 101)]
    put("answer_seconds", 2, values, "model", 1, models[0].pk)
    put("answer_seconds", 4, [7.0], "model", 2, models[1].pk)
    put("answer_seconds", -6, [3.0], "model", 1, models[0].pk)
    answer = told(ada, "latency", compare=1)
    assert (answer["range"]["step"], answer["range"]["buckets"], answer["range"]["live"]) == (60, 10, False)
    found = lines(answer, "answer")
    assert [n for n, value in enumerate(found["p95"]["values"]) if value is not None] == [2, 4]
    assert found["p95"]["values"][2] == pytest.approx(95, rel=0.006)
    assert found["p50"]["overall"] == pytest.approx(50, rel=0.006)
    assert [n for n, value in enumerate(found["p95"]["before"]) if value is not None] == [4]
    assert tiles(answer)["Answered within, p99"] == (pytest.approx(99, rel=0.006), pytest.approx(3, rel=0.006))
    assert lines(answer, "by-model")["small"]["overall"] == pytest.approx(7, rel=0.006)
    second = told(ada, "latency", model=models[1].pk)
    assert lines(second, "answer")["p95"]["values"][2] is None
    assert lines(told(ada, "latency", site=1, model=models[1].pk), "answer") == {}


def test_counts_are_zero_where_nothing_was_and_confirmed_stays_apart_from_assumed(ada: Client) -> None:
    for label, minute, times in (("confirmed", 1, 1), ("assumed", 1, 2), ("abandoned", 3, 1), ("started", 3, 9)):
        put("conversations", minute, [1.0] * times, label)
    answer = told(ada, "quality")
    found = lines(answer, "outcomes")
    assert found["Solved, assumed after silence"]["values"] == [0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    assert {name: line["overall"] for name, line in found.items()} == {
        "Solved, confirmed by the contact": 1,
        "Solved, assumed after silence": 2,
        "Abandoned": 1,
    }
    assert tiles(answer)["Solved, confirmed"] == (0.25, None)
    assert tiles(answer)["Solved, assumed"] == (0.5, None)
    assert lines(answer, "solved")["Confirmed by the contact"]["values"][:4] == [
        None,
        pytest.approx(1 / 3, 1e-5),
        None,
        0,
    ]


def test_levels_add_up_over_their_labels_and_know_no_site(ada: Client, site: Site) -> None:
    for minute, height in ((1, 10.0), (2, 30.0)):
        put("open_sockets", minute, [height, height], "websocket")
        put("open_sockets", minute, [1.0, 1.0], "events")
    answer = told(ada, "queue", site=site.pk)
    assert lines(answer, "sockets")["WebSocket"]["values"][:4] == [None, 10, 30, None]
    assert tiles(answer)["Open live connections"] == (21, None)


def test_what_grows_with_use_is_called_neither_better_nor_worse() -> None:
    tiles = [tile for each in board.all_boards() for tile in each.tiles]
    assert {tile.title for tile in tiles if tile.measure.adds_up and tile.better} == set()
    assert {tile.title for tile in tiles if tile.better} > {"Turns that failed", "An answer costs"}


def test_the_newest_part_fits_to_the_rest(ada: Client) -> None:
    for minute in range(10):
        put("messages", minute, [1.0] * (minute + 1))
        put("turns", minute, [1.0] * (minute + 1), "answered")
    whole = told(ada, "overview")
    since = whole["range"]["start"] + 7 * 60 + 20
    part = told(ada, "overview", since=since, parts="turns")
    assert part["range"]["first"] == whole["range"]["start"] + 7 * 60
    assert part["tiles"] == []
    assert [chart["slug"] for chart in part["charts"]] == ["turns"]
    assert lines(part, "turns")["Answered"]["values"] == lines(whole, "turns")["Answered"]["values"][7:] == [8, 9, 10]


def test_what_was_just_added_shows_in_a_live_range(ada: Client) -> None:
    from observability.statistics import flush

    add("turns", label="answered")
    flush()
    answer = ada.get(f"{BOARDS}overview/data/", {"range": "1h"}).json()
    assert answer["range"]["live"]
    assert sum(lines(answer, "turns")["Answered"]["values"][-2:]) == 1


def test_the_file_has_the_numbers_with_units_and_no_formula(ada: Client, models) -> None:
    put("cost", 1, [0.25, 0.5], "", 1, models[0].pk)
    put("cost", 3, [0.125], "", 1, models[1].pk)
    response = ada.get(f"{BOARDS}costs/by-model.csv", {**RANGE, "compare": 1})
    assert response.headers["Content-Disposition"].endswith('.csv"')
    rows = [line.split(",") for line in b"".join(response.streaming_content).decode().splitlines()]
    assert rows[0][:4] == ["time (UTC)", "step (seconds)", "'=HYPERLINK(1) (US dollars)", "small (US dollars)"]
    assert rows[0][4] == "\"'=HYPERLINK(1)"  # a comma in the name of the column
    assert rows[2][:4] == [f"{START + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}", "60", "0.75", "0"]
    assert len(rows) == 11
    latency = b"".join(ada.get(f"{BOARDS}latency/answer.csv", RANGE).streaming_content).decode()
    assert latency.splitlines()[0] == "time (UTC),step (seconds)", "nothing was counted"


WRONG: list[tuple[dict[str, str], str]] = [
    ({"from": "2999-01-01T00:00", "to": "2999-01-02T00:00"}, "is in the future"),
    ({"from": "2010-01-01T00:00", "to": "2020-01-01T00:00"}, "At most 400 days at once; these are 3,652."),
    ({"from": "2020-01-02T00:00", "to": "2020-01-01T00:00"}, "is not after the first"),
    ({"from": "2020-01-02T00:00", "to": "2020-01-02T00:01"}, "two minutes or more"),
    ({"from": "yesterday", "to": "2020-01-02"}, "“yesterday” is no moment."),
    ({"from": "0001-01-01T00:00+14:00", "to": "2020-01-02"}, "is no moment"),
    ({"to": "2020-01-02T00:00"}, "The first moment is missing"),
    ({"range": "5y"}, "There is no range “5y”"),
    ({"model": "1 OR 1=1"}, "“1 OR 1=1” does not exist"),
]


def test_what_cannot_be_shown_is_explained(ada: Client) -> None:
    for query, words in WRONG:
        response = ada.get(f"{BOARDS}overview/data/", query)
        assert response.status_code == 400
        assert words in response.json()["message"]
    assert ada.get(f"{BOARDS}overview/", WRONG[0][0]).status_code == 200, "the page stays, to choose another"
    assert ada.get(f"{BOARDS}overview/errors.csv", WRONG[0][0]).status_code == 400


def test_steps_are_whole_and_as_long_as_rows_are_kept_for() -> None:
    for key, step in (("1h", 60), ("6h", 120), ("24h", 600), ("7d", 3600), ("30d", 6 * 3600)):
        found = range_of({"range": key})
        assert (found.step, found.live, found.start.timestamp() % step) == (step, True, 0)
        assert found.before.end == found.end - (found.start - found.before.start)
    old = range_of({"from": "2026-01-01T00:00", "to": "2026-01-01T03:00"}, datetime(2026, 11, 1, tzinfo=UTC))
    assert old.step >= 3600
    part = Range(START, START + timedelta(minutes=10), 60).since(int(NOW.timestamp()) * 2)
    assert part.buckets == 1


def test_names_are_escaped(ada: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(name="<script>alert(1)</script>")
    forget()
    shown = ada.get(f"{BOARDS}overview/", {"model": '"><b>'}).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown
    assert '"><b>' not in shown


@pytest.mark.usefixtures("_boards")
def test_another_app_adds_boards_charts_and_where_the_turns_are(ada: Client) -> None:
    frequent = Listing(
        slug="frequent",
        title="Frequent questions",
        columns=(Column("Question"), Column("Times", unit="count")),
        rows=lambda reader: [[Entry("=1+1", "/admin/"), Entry(reader.range.buckets)]],
    )
    register(Board("extra", "Extra", "For this test.", (frequent,)))
    hidden = replace(frequent, slug="hidden", permissions=("routing.view_provider",))
    extend("latency", hidden, replace(frequent, slug="more"))
    with pytest.raises(ValueError, match="same slug"):
        extend("latency", hidden)
    with pytest.raises(ValueError, match="already"):
        register(Board("extra", "Extra", "", ()))
    behind.register(lambda: "/turns/", "conversations.view_turn")
    answer = told(ada, "extra")
    assert answer["charts"] == [{"slug": "frequent", "rows": [[{"value": "=1+1", "link": "/admin/"}, {"value": 10}]]}]
    text = b"".join(ada.get(f"{BOARDS}extra/frequent.csv", RANGE).streaming_content).decode()
    assert text.splitlines() == ["Question,Times", "'=1+1,10"]
    answer = told(ada, "latency", model=3)
    assert {"more"} == {chart["slug"] for chart in answer["charts"] if "rows" in chart}
    assert answer["behind"]["answer"] == (
        f"/turns/?finished_at__gte={RANGE['from']}&finished_at__lt={RANGE['to']}&model=3&order=slowest".replace(
            ":", "%3A"
        )
    )
    behind.register(lambda: "/turns/", "conversations.delete_turn")
    assert not any(told(ada, "latency")["behind"].values())


def test_alerts_of_the_range_are_named_to_those_who_may_see_them(ada: Client, django_user_model) -> None:
    kept = {"severity": "warning", "figure": "answer_seconds", "measure": "p95", "direction": "above", "threshold": 5}
    for name, began, over in (("Slow", 2, 4), ("Long ago", -90, -80), ("Still", 8, None), ("Later", 15, 16)):
        at = [START + timedelta(minutes=each) if each is not None else None for each in (began, began + 1, over)]
        times = dict(zip(("began_at", "opened_at", "resolved_at"), at, strict=True))
        AlertIncident.objects.create(name=name, worst=9, worst_at=at[0], reason="", **times, **kept)
    slow = told(ada, "latency")["alerts"]
    assert [(each["title"], each["end"] is None) for each in slow] == [("Still", True), ("Slow", False)]
    assert slow[1]["start"] == (START + timedelta(minutes=2)).timestamp()
    assert ada.get(slow[1]["link"]).status_code == 200
    reader, browser = django_user_model.objects.create_user("bo", password="x", is_staff=True), Client()
    reader.user_permissions.add(Permission.objects.get(codename="view_dashboards"))
    browser.force_login(reader)
    assert told(browser, "latency")["alerts"] == []


def test_a_level_that_only_rises_is_told_by_its_newest_number(ada: Client) -> None:
    for minute in range(5):
        put("budget_used", minute, [minute / 10], "All sites")
        put("turns_in", minute, [float(minute)], "queued")
    assert lines(told(ada, "costs"), "budgets")["All sites"]["overall"] == 0.4
    assert lines(told(ada, "queue"), "under-way")["Queued"]["overall"] == 2
