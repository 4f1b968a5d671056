"""/metrics: the figures under bounded names, for those who may read them."""

import time
import urllib.error
import urllib.request
from contextlib import closing

import pytest
from django.test import Client, override_settings
from prometheus_client.parser import text_string_to_metric_families

from observability.prometheus import known, server
from observability.prometheus.cells import MOST, Cells
from observability.prometheus.collector import FigureCollector
from observability.statistics import FIGURES, add

LOCAL = {"host": "127.0.0.1:8000"}


@pytest.fixture
def shown(monkeypatch):
    """What a registry of its own shows of the given cells, with sites 1 and 2 known."""
    monkeypatch.setattr(known, "_known", {"site": {1: "Shop", 2: "Café"}, "model": {7: "gpt"}})
    monkeypatch.setattr(known, "_at", float("inf"))

    def samples(cells):
        families = list(FigureCollector(cells).collect())
        return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}

    return samples


def test_counts_times_and_levels_become_counters_histograms_and_gauges(shown):
    cells = Cells()
    for value in (0.02, 0.3, 300):
        cells.hear(FIGURES["answer_seconds"], [value], 0.0, "model", 1, 7, 0, 0)
    cells.hear(FIGURES["cost"], [0.25], 0.0, "", 2, 9, 0, 0)
    cells.hear(FIGURES["turns_in"], [3, 4], time.monotonic(), "queued", 0, 0, 0, 0)
    found = shown(cells)
    place = ("model", "Shop", "gpt")
    assert found["parley_answer_seconds_bucket", *place, "0.025"] == 1
    assert found["parley_answer_seconds_bucket", *place, "0.5"] == 2
    assert found["parley_answer_seconds_bucket", *place, "+Inf"] == found["parley_answer_seconds_count", *place] == 3
    assert found["parley_answer_seconds_sum", *place] == pytest.approx(300.32)
    assert found["parley_cost_dollars_total", "Café", "other"] == 0.25
    assert found["parley_cost_total", "Café", "other"] == 1
    assert found["parley_turns_in", "queued"] == 4


def test_however_many_sites_there_are_the_series_stay_few_and_nothing_is_lost(shown):
    cells = Cells()
    for site in range(1, 3000):
        cells.hear(FIGURES["messages"], [1], 0.0, "", site, 0, 0, 0)
    assert len(cells.counts("messages")) == MOST + 1
    assert {key[1:]: value for key, value in shown(cells).items()} == {
        ("Shop", ""): 1, ("Café", ""): 1, ("other", ""): MOST - 2, ("other", "other"): 2999 - MOST,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("token", "peer", "headers", "status"),
    [
        ("", "127.0.0.1", LOCAL, 200),
        ("", "10.1.2.3", LOCAL, 200),
        ("", "8.8.8.8", LOCAL, 403),
        ("", "127.0.0.1", {**LOCAL, "x-forwarded-for": "10.0.0.1"}, 403),
        ("", "127.0.0.1", {"host": "evil.example"}, 403),
        ("s3cret", "127.0.0.1", LOCAL, 403),
        ("s3cret", "8.8.8.8", {"host": "evil.example", "authorization": "Bearer s3cret"}, 200),
        ("s3cret", "127.0.0.1", {**LOCAL, "authorization": "Bearer s3cre"}, 403),
    ],
)
def test_strangers_see_no_metrics(token, peer, headers, status):
    with override_settings(METRICS_TOKEN=token):
        response = Client(REMOTE_ADDR=peer).get("/metrics", headers=headers)
    assert response.status_code == status
    assert (b"parley_http_request_seconds" in response.content) == (status == 200)


def test_a_worker_shows_its_own_on_its_port_and_goes_without_when_that_is_taken(caplog):
    add("messages", site=1)
    with closing(_Served(server.start(0, "127.0.0.1"))) as served:
        text = urllib.request.urlopen(f"{served.address}/metrics", timeout=5).read().decode()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{served.address}/", timeout=5)
        assert server.start(served.port, "127.0.0.1") is None
    assert {"parley_messages", "process_cpu_seconds", "python_gc_collections"} <= {
        family.name for family in text_string_to_metric_families(text)
    }
    assert "PARLEY_METRICS_PORT" in caplog.text


class _Served:
    def __init__(self, started):
        self._started, self.port = started, started.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def close(self):
        self._started.shutdown()
        self._started.server_close()
