"""Spans as a collector gets them, and what becomes of turns' traces when it is away, slow, busy or refuses them."""

import asyncio
import atexit
import threading
import time
import uuid
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import REGISTRY

from observability.otlp import checks, collector, sending
from observability.otlp.collector import Collector, retry_after
from observability.tracing import sinks, span, trace

CONVERSATION = uuid.UUID(int=7)
ACCEPTED = datetime(2026, 12, 1, 12, tzinfo=UTC)


class _Server(ThreadingHTTPServer):
    """A collector that decodes what it gets. `answers` are the next replies: status, Retry-After; then 200."""

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), _Handler)
        self.requests, self.answers, self.hang = [], [], threading.Event()
        self.hang.set()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def spans(self):
        scopes = [scope for r, _ in self.requests for each in r.resource_spans for scope in each.scope_spans]
        return [found for scope in scopes for found in scope.spans]

    def close(self):
        self.hang.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.hang.wait(10)
        status, after = self.server.answers.pop(0) if self.server.answers else (200, None)
        if status == 200:
            self.server.requests.append((ExportTraceServiceRequest.FromString(body), dict(self.headers)))
        self.send_response(status)
        if after:
            self.send_header("Retry-After", after)
        self.send_header("Content-Length", "0")
        with suppress(OSError):  # whoever asked may have gone
            self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(settings, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.3")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20s3cret")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop-chat,deployment.environment.name=test")
    with closing(_Server()) as found:
        settings.OTLP_ENDPOINT = f"http://127.0.0.1:{found.server_port}/v1/traces"
        yield found


@pytest.fixture
def sender(server, monkeypatch):
    """Its thread does nothing until the end: tests send when they want to."""
    monkeypatch.setattr(sending, "SECONDS", 30.0)
    made = sending.Sender()
    monkeypatch.setattr(sinks, "_sinks", [made.take])
    monkeypatch.setattr(sinks, "_late", [made.take_late])
    yield made
    made.waiting.clear()
    made.end()
    atexit.unregister(made.end)


def begin(turn=1, attempt=1, waited=2.0, **more):
    claimed = ACCEPTED + timedelta(seconds=waited)
    return trace(
        turn=turn, attempt=attempt, conversation=CONVERSATION, site=3, accepted_at=ACCEPTED, claimed_at=claimed, **more
    )


def said(attributes):
    def value(given):
        kind = given.WhichOneof("value")
        plain = getattr(given, kind)
        return [value(each) for each in plain.values] if kind == "array_value" else plain

    return {each.key: value(each.value) for each in attributes}


def counted():
    return {
        outcome: REGISTRY.get_sample_value("parley_otlp_spans_total", {"outcome": outcome}) or 0
        for outcome in ("sent", "refused", "dropped")
    }


class _Timeout(Exception):
    kind = "timeout"


def _one_turn():
    """Two attempts: the first model was too slow; the second answers."""
    with suppress(_Timeout), begin() as first:
        with span("embed for memory", embedders="minilm"):
            pass
        with span("stream", provider="openai", model="gpt-5"):
            raise _Timeout
    with begin(attempt=2, waited=4.0) as second:
        with span("stream", provider="anthropic", model="claude-haiku-4-5", tier=None) as chat:
            chat.event("first_token")
            chat.set(finish_reason="stop", input_tokens=900, cached_input_tokens=800, output_tokens=40)
        second.about(model=9)
        second.end("answered")
    return first, second


def test_calls_of_models_are_told_by_the_conventions_for_generative_ai_and_steps_by_our_names(server, sender):
    _one_turn()
    sender.send_all(Collector().deliver)
    spans = {(found.name, said(found.attributes).get("parley.turn.attempt")): found for found in server.spans}
    chat, failed = spans["chat claude-haiku-4-5", None], spans["chat gpt-5", None]
    about = said(chat.attributes)
    assert 0 <= about.pop("gen_ai.response.time_to_first_chunk") < 1
    assert about == {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.stream": True,
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 900,
        "gen_ai.usage.cache_read.input_tokens": 800,
        "gen_ai.usage.output_tokens": 40,
        "gen_ai.conversation.id": str(CONVERSATION),
    }
    assert (chat.kind, chat.status.code, [event.name for event in chat.events]) == (3, 0, ["first_token"])
    assert (failed.status.code, said(failed.attributes)["error.type"]) == (2, "timeout")
    step = spans["parley.embed_for_memory", None]
    assert (step.kind, said(step.attributes)["parley.embedders"]) == (1, "minilm")
    root = said(spans["parley.turn", 2].attributes)
    assert root.items() >= {"parley.turn.id": 1, "parley.turn.state": "answered", "parley.site.id": 3}.items()


def test_attempts_of_a_turn_are_one_trace_by_the_databases_clock_and_each_a_root(server, sender):
    first, _ = _one_turn()
    with begin(turn=2):
        pass
    sender.send_all(Collector().deliver)
    roots = {
        (about["parley.turn.id"], about["parley.turn.attempt"]): found
        for found in server.spans
        if (about := said(found.attributes)) and found.name == "parley.turn"
    }
    assert {found.parent_span_id for found in roots.values()} == {b""}
    assert roots[1, 1].trace_id == roots[1, 2].trace_id != roots[2, 1].trace_id
    began = [roots[1, number].start_time_unix_nano / 1e9 - ACCEPTED.timestamp() for number in (1, 2)]
    assert began == pytest.approx([2, 4], abs=1e-4)
    took = roots[1, 1].end_time_unix_nano - roots[1, 1].start_time_unix_nano
    assert took / 1e9 == pytest.approx(first.seconds, abs=1e-5)
    parents = {found.name: found.parent_span_id for found in server.spans if found.parent_span_id}
    assert parents["chat gpt-5"] == roots[1, 1].span_id
    assert len({found.span_id for found in server.spans}) == len(server.spans)


async def test_a_step_that_outlives_its_trace_is_sent_once_when_it_has_ended(server, sender):
    async def remember():
        with span("remember"):
            await asyncio.sleep(0)
            with span("embed"):
                pass

    with begin() as t:
        t.end("answered")
        task = asyncio.create_task(remember())
        await asyncio.sleep(0)
    await task
    sender.send_all(Collector().deliver)
    spans = {found.name: found for found in server.spans}
    assert len(server.spans) == 3
    assert spans["parley.remember"].parent_span_id == spans["parley.turn"].span_id
    assert spans["parley.embed"].parent_span_id == spans["parley.remember"].span_id


def test_the_collector_is_told_who_sends_and_given_the_headers(server, sender):
    with begin():
        pass
    sender.send_all(Collector().deliver)
    request, headers = server.requests[0]
    about = said(request.resource_spans[0].resource.attributes)
    assert about["service.name"] == "shop-chat"
    assert {"deployment.environment.name", "service.instance.id", "process.pid", "host.name"} <= set(about)
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["content-type"] == "application/x-protobuf"


def test_while_the_collector_is_away_spans_wait_and_are_sent_when_it_is_back(server, sender, caplog):
    port, deliver = server.server_port, Collector().deliver
    server.close()
    with begin():
        pass
    for _ in range(2):
        sender.send_all(deliver)
    assert (len(sender.waiting), sender._pause) == (1, 60.0)
    with closing(_Server(port)) as back:
        sender.send_all(deliver)
        assert [found.name for found in back.spans] == ["parley.turn"]
    assert (caplog.text.count("takes no spans"), len(sender.waiting), sender._pause) == (1, 0, 30.0)


def test_one_that_is_busy_is_left_alone_for_as_long_as_it_asks(server, sender):
    server.answers = [(503, "120"), (429, "0")]
    with begin():
        pass
    deliver = Collector().deliver
    sender.send_all(deliver)
    assert (sender._pause, len(sender.waiting), server.spans) == (120.0, 1, [])
    sender.send_all(deliver)  # at once after 0 seconds: within the same delivery
    assert (len(server.spans), len(sender.waiting)) == (1, 0)


def test_one_that_hangs_is_given_up_and_the_spans_wait(server, sender):
    server.hang.clear()
    with begin():
        pass
    began = time.monotonic()
    sender.send_all(Collector().deliver)
    assert time.monotonic() - began < 9
    assert len(sender.waiting) == 1
    assert sender._away == "ReadTimeout"


@pytest.mark.parametrize("status", [400, 401, 301])
def test_spans_that_are_refused_are_counted_and_not_sent_again(server, sender, caplog, status):
    server.answers = [(status, None)]
    before = counted()
    with begin(), span("embed"):
        pass
    sender.send_all(Collector().deliver)
    assert counted()["refused"] - before["refused"] == 2
    assert not sender.waiting
    assert f"HTTP {status}" in caplog.text
    assert "s3cret" not in caplog.text


def test_what_finds_no_room_is_dropped_and_counted_and_the_turn_does_not_notice(server, sender, monkeypatch):
    monkeypatch.setattr(sending, "MOST", 3)
    before = counted()
    for turn in range(5):
        with begin(turn):
            pass
    assert (len(sender.waiting), counted()["dropped"] - before["dropped"]) == (3, 2)


def test_a_process_that_ends_sends_what_waits(server, sender):
    before = counted()
    with begin():
        pass
    sender.end()
    assert (len(server.spans), counted()["sent"] - before["sent"]) == (1, 1)


def test_a_collector_that_cannot_be_made_costs_no_turn(server, sender, monkeypatch, caplog):
    monkeypatch.setattr(collector, "Collector", lambda: 1 / 0)
    with begin():
        pass
    sender._thread.join(10)
    with begin():
        pass
    assert (len(sender.waiting), "sends no spans" in caplog.text) == (1, True)


def test_how_long_to_wait_is_read_from_seconds_and_dates_and_never_trusted():
    in_a_minute = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    assert retry_after(in_a_minute) == pytest.approx(60, abs=3)
    assert [retry_after(text) for text in ("5", "", "soon", "-3", "1e9", "99999999999")] == [5, 0, 0, 0, 0, 300]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"OTLP_ENDPOINT": "otel:4318"}, ["W002"]),
        ({"OTLP_PROTOCOL": "grpc", "OTLP_HEADERS": "Bearer s3cret"}, ["W003", "W004"]),
    ],
)
def test_checks_say_why_no_span_would_arrive(settings, monkeypatch, changed, expected):
    settings.OTLP_ENDPOINT = "http://otel:4318/v1/traces"
    for name, value in changed.items():
        setattr(settings, name, value)
    found = list(checks.check_otlp())
    assert [message.id.removeprefix("observability.") for message in found] == expected
    assert not any("s3cret" in str(message) for message in found)
    monkeypatch.setattr(checks, "installed", lambda: False)
    assert "requirements-otlp.txt" in next(iter(checks.check_otlp())).hint
