"""What a widget would show after the events that it got, and the protocol's promises about their order."""

from typing import Any

Event = dict[str, Any]


class Seen:
    """Takes events one by one; raises AssertionError for a gap, a repetition or a step back.

    `messages` are those of the conversation by id, `blocks` the unfinished answers' by turn, `answers` the
    finished ones and `failures` the others by turn. What a snapshot showed already may be told once more: it is
    drawn from Postgres, which may be ahead of the log.
    """

    def __init__(self) -> None:
        self.messages: dict[int, Event] = {}
        self.answers: dict[int, Event] = {}
        self.blocks: dict[int, list[str]] = {}
        self.attempts: dict[int, int] = {}
        self.failures: dict[int, Event] = {}
        self.snapshots = 0
        self._foretold: set[tuple[str, int]] = set()
        self._newest: tuple[str, int] | None = None

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
        if event["type"] != "snapshot":
            assert self._newest, f"neither a snapshot nor a cursor before {event}"
            assert epoch == self._newest[0], f"a new epoch without a snapshot: {event}"
            assert int(number) > self._newest[1], f"{event['n']} came after {self._newest}"
        self._newest = (epoch, int(number))

    def _snapshot(self, event: Event) -> None:
        self.snapshots += 1
        self.messages, self.answers, self.blocks, self.attempts = {}, {}, {}, {}
        self._foretold = set()
        for message in event["messages"]:
            self._show(message)
            self._foretold.add(("message", message["id"]))
            if message["turn"] is not None:
                self._foretold.add(("answer", message["turn"]))
        for turn in event["turns"]:
            self.blocks[turn["turn"]] = list(turn["blocks"])
            self.attempts[turn["turn"]] = turn["attempt"]
            self._foretold.add(("attempt", turn["turn"]))

    def _show(self, message: Event) -> None:
        if ("message", message["id"]) in self._foretold:
            self._foretold.remove(("message", message["id"]))
            shown = self.messages[message["id"]]
            assert (shown["role"], shown["text"]) == (message["role"], message["text"])
            return
        assert message["id"] not in self.messages, f"shown twice: {message}"
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
        if self._is_old_news(turn, event):
            return
        least = self.attempts.get(turn, 0) + (("attempt", turn) not in self._foretold)
        assert attempt >= least, f"attempt {attempt} after {self.attempts.get(turn)}: {event}"
        self._foretold.discard(("attempt", turn))
        self.attempts[turn], self.blocks[turn] = attempt, []

    def _delta(self, event: Event) -> None:
        turn = event["turn"]
        if self._is_old_news(turn, event):
            return
        assert event["attempt"] == self.attempts.get(turn), f"a piece of another attempt: {event}"
        blocks = self.blocks[turn]
        assert 0 <= event["from"] <= len(blocks), f"a gap: {len(blocks)} blocks before {event}"
        assert event["blocks"] or event["from"] == 0, f"a piece without content: {event}"
        self.blocks[turn] = blocks[: event["from"]] + event["blocks"]

    def _is_old_news(self, turn: int, event: Event) -> bool:
        """Whether a snapshot told of the answer, or of a newer attempt; AssertionError when it was answered since."""
        newer = ("attempt", turn) in self._foretold and event["attempt"] < self.attempts[turn]
        foretold = newer or ("answer", turn) in self._foretold
        assert foretold or (turn not in self.answers and turn not in self.failures), f"after the end: {event}"
        return foretold

    def _answer(self, event: Event) -> None:
        assert event["message"]["turn"] == event["turn"]
        assert event["turn"] not in self.failures, f"answered after it failed: {event}"
        self._foretold.discard(("answer", event["turn"]))
        self._show(event["message"])
        self.blocks.pop(event["turn"], None)

    def _cancelled(self, event: Event) -> None:
        assert event["turn"] not in self.answers, f"cancelled after its answer: {event}"
        self.blocks.pop(event["turn"], None)

    def _again(self, event: Event) -> None:
        """A question asked again: the old answer goes, the new turn's comes."""
        self.messages.pop(event["answer"], None)
        self.answers.pop(event["replaces"], None)
        self.failures.pop(event["replaces"], None)

    def _failed(self, event: Event) -> None:
        assert event["turn"] not in self.answers, f"failed after its answer: {event}"
        assert event["turn"] not in self.failures, f"failed twice: {event}"
        self.failures[event["turn"]] = event
        self.blocks.pop(event["turn"], None)
