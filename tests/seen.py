"""What a widget would show after the events that it got, and the protocol's promises about their order."""

from typing import Any

Event = dict[str, Any]


class Seen:
    """Takes events one by one; raises AssertionError for a gap, a repetition or a step back.

    `messages` are those of the conversation by id, `blocks` the unfinished answers' by turn, `answers` the
    finished ones by turn.
    """

    def __init__(self) -> None:
        self.messages: dict[int, Event] = {}
        self.answers: dict[int, Event] = {}
        self.blocks: dict[int, list[str]] = {}
        self.attempts: dict[int, int] = {}
        self.failures: dict[int, Event] = {}
        self.snapshots = 0
        self._newest = ("", (0,))

    def take(self, event: Event) -> None:
        """Show one more event."""
        self._take_number(event)
        if action := getattr(self, f"_{event['type']}", None):
            action(event)

    def texts(self) -> list[tuple[str, str]]:
        """Who said what, in the order shown."""
        return [(self.messages[key]["role"], self.messages[key]["text"]) for key in sorted(self.messages)]

    def _take_number(self, event: Event) -> None:
        epoch, _, number = str(event["n"]).partition(":")
        parts = tuple(int(part) for part in number.split("-"))
        old_epoch, newest = self._newest
        if event["type"] != "snapshot":
            assert epoch == old_epoch or not old_epoch, f"a new epoch without a snapshot: {event}"
            assert parts > newest or not old_epoch, f"{event['n']} came after {newest}"
        self._newest = (epoch, parts)

    def _snapshot(self, event: Event) -> None:
        self.snapshots += 1
        self.messages, self.answers, self.blocks, self.attempts = {}, {}, {}, {}
        for message in event["messages"]:
            self._show(message)
        for turn in event["turns"]:
            self.blocks[turn["turn"]] = list(turn["blocks"])
            self.attempts[turn["turn"]] = turn["attempt"]

    def _show(self, message: Event) -> None:
        assert message["id"] not in self.messages, f"shown twice: {message}"
        if self.messages:
            assert message["id"] > max(self.messages), f"an older message after a newer one: {message}"
        self.messages[message["id"]] = message
        if message["role"] == "bot" and message["turn"] is not None:
            assert message["turn"] not in self.answers, f"answered twice: {message}"
            self.answers[message["turn"]] = message

    def _accepted(self, event: Event) -> None:
        self._show(event["message"])

    def _message(self, event: Event) -> None:
        self._show(event["message"])

    def _thinking(self, event: Event) -> None:
        turn, attempt = event["turn"], event["attempt"]
        assert turn not in self.answers, f"thinking about an answered turn: {event}"
        assert attempt > self.attempts.get(turn, 0), f"attempt {attempt} after {self.attempts.get(turn)}"
        self.attempts[turn], self.blocks[turn] = attempt, []

    def _delta(self, event: Event) -> None:
        turn = event["turn"]
        assert turn not in self.answers, f"a piece of an answer after the answer: {event}"
        assert event["attempt"] == self.attempts.get(turn), f"a piece of another attempt: {event}"
        blocks = self.blocks[turn]
        assert 0 <= event["from"] <= len(blocks), f"a gap: {len(blocks)} blocks before {event}"
        assert event["blocks"], f"a piece without content: {event}"
        self.blocks[turn] = blocks[: event["from"]] + event["blocks"]

    def _answer(self, event: Event) -> None:
        self._show(event["message"])
        self.blocks.pop(event["turn"], None)
        assert event["message"]["turn"] == event["turn"]

    def _failed(self, event: Event) -> None:
        assert event["turn"] not in self.answers, f"failed after its answer: {event}"
        assert event["turn"] not in self.failures, f"failed twice: {event}"
        self.failures[event["turn"]] = event
        self.blocks.pop(event["turn"], None)
