"""Bytes into events, wherever the network cuts them."""

import pytest

from routing.providers.sse import MAX_EVENT_BYTES, EventSplitter, OversizedEventError
from tests.routing.providers.recorded import recording


def split(*chunks: bytes) -> list[bytes]:
    splitter = EventSplitter()
    return [data for chunk in chunks for data in splitter.feed(chunk)]


@pytest.mark.parametrize("name", ["anthropic_answer", "openai_answer"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 4096])
def test_events_are_the_same_however_the_stream_is_cut(name: str, line_end: bytes, size: int) -> None:
    whole = recording(name)
    stream = whole.replace(b"\n", line_end)
    assert split(*(stream[at : at + size] for at in range(0, len(stream), size))) == split(whole)


def test_a_character_split_over_two_reads_stays_whole() -> None:
    euro = "€".encode()
    assert split(b"data: " + euro[:1], euro[1:] + b"\n\n") == [euro]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data:no space\n\n", [b"no space"]),
        (b"data:  two spaces\n\n", [b" two spaces"]),
        (b"data: {\ndata: }\n\n", [b"{\n}"]),
        (b"event: x\nid: 7\nretry: 10\ndata: a\n\n", [b"a"]),
        (b": comment\n\ndata: a\n\n", [b"a"]),
        (b": comment\ndata: a\n: another\n\n", [b"a"]),
        (b"\n\n\ndata: a\n\n\n\ndata: b\n\n", [b"a", b"b"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"data: a\r\rdata: b\r\r\n", [b"a", b"b"]),
        (b"data\n\n", []),
        (b"datum: a\n\n", []),
    ],
)
def test_the_standards_odd_cases_are_read(stream: bytes, events: list[bytes]) -> None:
    assert split(stream) == events


def test_an_event_without_its_blank_line_is_there_at_the_end() -> None:
    splitter = EventSplitter()
    assert splitter.feed(b"data: a\n\ndata: b\n") == [b"a"]
    assert splitter.flush() == b"b"


def test_nothing_is_left_at_the_end_of_a_clean_stream() -> None:
    splitter = EventSplitter()
    splitter.feed(b"data: a\n\n")
    assert splitter.flush() is None


def test_an_endless_line_is_refused_before_it_fills_the_memory() -> None:
    splitter = EventSplitter()
    half = b"x" * (MAX_EVENT_BYTES // 2)
    splitter.feed(half)
    splitter.feed(half)
    with pytest.raises(OversizedEventError):
        splitter.feed(b"x")


def test_an_event_just_within_the_limit_is_read() -> None:
    data = b"x" * (MAX_EVENT_BYTES - 6)
    assert split(b"data: " + data + b"\n\n") == [data]
