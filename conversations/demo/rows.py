"""Drawn turns as rows of the product: contacts, conversations, messages, turns, ratings, reports, hand-overs."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from conversations.demo.cast import Cast
from conversations.demo.copying import copy, insert, numbers
from conversations.demo.drawing import ANSWERED, CONFIRMED, ESCALATED, FAILED, UNSOLVED, Turns
from conversations.demo.people import Person, contact_row, crowd, memory_rows
from conversations.demo.turn_row import TURN, TurnRow, turn_row, unknown
from conversations.demo.words import NOTHING, Said, vocabulary
from conversations.models import Handler, Message, Role, Turn
from memory.scope import staff_scope
from observability.statistics.figures import FIGURES

CONTACT = ("id", "site_id", "key", "name", "email", "audience_id", "created_at", "seen_at")
CONVERSATION = (
    "id", "site_id", "contact_id", "handler", "solved", "title", "created_at", "last_message_at", "outcome",
    "judged_at",
)  # fmt: skip
OUTCOMES = ("", *(FIGURES["conversations"].labels[1:]))
MESSAGE = ("id", "conversation_id", "role", "text", "client_id", "turn_id", "sources", "created_at")
MEMORY = ("contact_id", "kind", "subject", "text", "said_at", "origin", "embedder", "confidence", "importance")
ESCALATION = ("conversation_id", "reason", "created_at", "answered_at", "closed_at")
OPEN_HOURS = 6  # younger hand-overs still wait for a person


class Rows:
    """Gathers a day's conversations, then writes them; contacts are written when one of theirs first is."""

    def __init__(self, cast: Cast, now: float, seed: int) -> None:
        self.cast, self.now = cast, datetime.fromtimestamp(now, UTC)
        self.random = np.random.default_rng([seed, 77])
        self._crowd = crowd(cast.sites, self.random)
        self._words = vocabulary()
        self.known: set[uuid.UUID] = set()
        self.written = 0  # turns

    def write(self, turns: Turns) -> "list[TurnRow]":
        """Turns of whole conversations, in order of conversation. Inside the caller's transaction."""
        if not len(turns):
            return []
        day = _Day(self, turns)
        with staff_scope():
            copy("people_contact", CONTACT, day.contacts)
            insert("memory_usermemory", MEMORY, day.memories)
            copy("conversations_conversation", CONVERSATION, day.conversations)
            copy("conversations_message", MESSAGE, day.messages)
            copy("conversations_turn", TURN, [row.values for row in day.turns])
            copy("conversations_rating", ("message_id", "value", "created_at"), day.ratings)
            copy("conversations_problemreport", ("conversation_id", "message_id", "text", "created_at"), day.reports)
            copy("conversations_escalation", ESCALATION, day.escalations)
        self.written += len(turns)
        return day.turns

    def person(self, site: int, audience: int) -> Person:
        """One of those who write to a site."""
        people = self._crowd[site, audience]
        return people[int(self.random.integers(len(people)))]

    def said(self) -> Said:
        """A question and its answer."""
        return self._words[int(self.random.integers(len(self._words)))]

    def uuid(self) -> uuid.UUID:
        """A new one, after the seed."""
        return uuid.UUID(bytes=self.random.bytes(16), version=4)


class _Day:
    """The rows of one day, made in order, so that numbers of messages rise as they were said."""

    def __init__(self, rows: Rows, turns: Turns) -> None:
        self._rows, self._turns = rows, turns
        self.contacts: list[Any] = []
        self.memories: list[Any] = []
        self.conversations: list[Any] = []
        self.messages: list[Any] = []
        self.turns: list[TurnRow] = []
        self.ratings: list[Any] = []
        self.reports: list[Any] = []
        self.escalations: list[Any] = []
        self._message_ids = iter(numbers(Message, 2 * len(turns)))
        self._turn_ids = iter(numbers(Turn, len(turns)))
        starts = np.flatnonzero(turns.place == 0)
        for first, end in zip(starts, [*starts[1:], len(turns)], strict=True):
            self._talk(range(int(first), int(end)))

    def _talk(self, places: range) -> None:
        rows, turns = self._rows, self._turns
        person = rows.person(int(turns.site[places[0]]), int(turns.audience[places[0]]))
        began, ended = self._at(places[0]), self._ended(places[-1])
        self._meet(person, began)
        conversation, said = rows.uuid(), [rows.said() for _ in places]
        outcome = int(turns.outcome[places[-1]])
        waits = outcome == ESCALATED and rows.now - ended < timedelta(hours=OPEN_HOURS)
        solved = {CONFIRMED: True, UNSOLVED: False}.get(outcome)
        handler = Handler.AGENT if waits else Handler.BOT
        title = said[0].question[:120]
        judged = OUTCOMES[outcome], ended  # counted already: nobody is to judge it again
        self.conversations.append(
            (conversation, person.site, person.id, handler.value, solved, title, began, ended, *judged)
        )
        for place, each in zip(places, said, strict=True):
            self._turn(place, conversation, each)
        if outcome == ESCALATED:
            self._escalate(conversation, ended, waits)

    def _meet(self, person: Person, at: datetime) -> None:
        rows = self._rows
        if person.id not in rows.known:
            rows.known.add(person.id)
            self.contacts.append(contact_row(person, rows.cast.audiences, at, rows.now))
            self.memories.extend(memory_rows(person, at, rows.random))

    def _turn(self, place: int, conversation: uuid.UUID, said: Said) -> None:
        rows, turns, at, ended = self._rows, self._turns, self._at(place), self._ended(place)
        question, answer, number = next(self._message_ids), next(self._message_ids), next(self._turn_ids)
        self.messages.append(
            (question, conversation, Role.CONTACT.value, said.question, rows.uuid(), None, Jsonb([]), at)
        )
        if turns.state[place] != FAILED:
            nothing = unknown(turns, place)
            known = turns.state[place] == ANSWERED and not nothing
            sources = [{"title": said.title, "url": said.url}] if known else []
            told = NOTHING if nothing else said.answer
            self.messages.append((answer, conversation, Role.BOT.value, told, None, number, Jsonb(sources), ended))
            self._judge(place, conversation, answer, ended)
        self.turns.append(turn_row(rows.cast, turns, place, number, conversation, question, at))

    def _judge(self, place: int, conversation: uuid.UUID, answer: int, at: datetime) -> None:
        rating, later = int(self._turns.rating[place]), at + timedelta(seconds=20)
        if rating:
            self.ratings.append((answer, rating, later))
        if rating < 0 and self._turns.talk[place] % 9 == 0:
            self.reports.append((conversation, answer, "This did not answer my question.", later))

    def _escalate(self, conversation: uuid.UUID, at: datetime, waits: bool) -> None:
        reply, end = at + timedelta(minutes=4), at + timedelta(minutes=25)
        reason = "The visitor asked for a person."
        self.escalations.append((conversation, reason, at, None if waits else reply, None if waits else end))

    def _at(self, place: int) -> datetime:
        return datetime.fromtimestamp(float(self._turns.at[place]), UTC)

    def _ended(self, place: int) -> datetime:
        return datetime.fromtimestamp(float(self._turns.at[place] + self._turns.seconds[place]), UTC)
