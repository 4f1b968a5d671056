"""Logs of some of the invented conversations, as the product would have kept them; the newest are held still.

Those with a failed turn, a thumb down, a report or a hand-over are kept, and a share of the others.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.utils import timezone

from conversations.demo.copying import copy
from conversations.models import Conversation, Escalation, Message, ProblemReport, Rating, Turn, TurnState
from observability.logs import Kind, Reason, record
from observability.logs.current import current
from observability.logs.writing import flush
from observability.models import LoggedConversation, LogTally
from observability.redaction import numbered, redacted
from people.audiences import built_in_tier
from people.models import DEFAULT_SYSTEM_PROMPT, AudienceTier, Site

RECORD = (
    "conversation", "at", "number", "troubled", "turn", "site", "audience", "rule", "kind", "data",
)  # fmt: skip
DAYS, MOST, SHARE, HELD = 12, 1500, 0.15, timedelta(minutes=30)
MAKE = "SELECT observability_make_partition(%s, now() - %s * interval '1 day')"


@dataclass
class Talk:
    """A conversation with its records: when, of which turn, which kind, what."""

    id: UUID
    site: int
    audience: int
    reasons: list[str] = field(default_factory=list)
    rules: list[int] = field(default_factory=list)
    records: list[tuple[datetime, Turn | None, Kind, dict[str, Any]]] = field(default_factory=list)


def write_logs(sites: Sequence[int], seed: int) -> int:
    """Of the last DAYS; how many conversations are kept. In the caller's transaction, but for those that are held."""
    chance, now = random.Random(seed), timezone.now()  # noqa: S311
    talks = _talks(sites, now)
    held = [talk for talk in talks if talk.records and talk.records[-1][0] > now - HELD]
    kept = [talk for talk in talks if talk not in held and (talk.reasons or chance.random() < SHARE)]
    with connection.cursor() as cursor:
        for day in range(DAYS + 1):
            for half in ("observability_logsampled", "observability_logtroubled"):
                cursor.execute(MAKE, [half, day])
    rows = [_keep(talk, chance) for talk in kept]
    LoggedConversation.objects.bulk_create([row for row, _ in rows])
    copy("observability_logrecord", RECORD, [line for _, lines in rows for line in lines])
    _tell(rows, len(talks) - len(kept) - len(held))
    for talk in held:
        _hold(talk)
    flush()
    return len(kept)


def forget_tallies() -> None:
    """What was decided about invented conversations: where there are no others, that is all."""
    LogTally.objects.all().delete()


def _talks(sites: Sequence[int], now: datetime) -> list[Talk]:
    newest = Conversation.objects.filter(site__in=sites, created_at__gt=now - timedelta(days=DAYS))
    newest = newest.order_by("-created_at")[:MOST]
    tiers = dict(AudienceTier.objects.values_list("key", "pk"))
    whose = newest.values_list("pk", "site_id", "contact__audience_id", "contact__key")
    talks = {pk: Talk(pk, site, given or tiers[built_in_tier(key)]) for pk, site, given, key in whose}
    names, ids = dict(Site.objects.values_list("pk", "name")), list(talks)
    turns = Turn.objects.filter(conversation__in=ids).select_related("message").order_by("pk")
    answers = dict(Message.objects.filter(turn__conversation__in=ids).values_list("turn_id", "text"))
    for turn in turns:
        talk = talks[turn.conversation_id]
        talk.records += _of_turn(turn, answers.get(turn.pk, ""), names[talk.site])
        talk.rules += [turn.rule_id] if turn.rule_id and turn.rule_id not in talk.rules else []
        if turn.state == TurnState.FAILED:
            talk.reasons.append(Reason.ERROR)
    _judged(talks)
    for talk in talks.values():
        talk.records.sort(key=lambda each: each[0])
        talk.reasons = [str(each) for each in dict.fromkeys(talk.reasons)]
    return [talk for talk in talks.values() if talk.records]


def _of_turn(turn: Turn, answer: str, site: str) -> Iterator[tuple[datetime, Turn | None, Kind, dict[str, Any]]]:
    began, ended = turn.started_at or turn.accepted_at, turn.finished_at or turn.accepted_at
    question = turn.message.text
    yield turn.accepted_at, turn, Kind.ACCEPTED, {"text": question}
    yield began, turn, Kind.PREPARED, {"cache": turn.cache, "recalled": turn.recalled, "route": turn.route}
    if turn.model_name:
        said = [{"role": "user", "content": question}]
        system = DEFAULT_SYSTEM_PROMPT.replace("{site}", site)
        asked = turn.admitted_at or began
        yield asked, turn, Kind.PROMPT, {"model": turn.model_name, "system": system, "messages": said}
    if turn.state == TurnState.FAILED:
        yield ended, turn, Kind.ERROR, {"error": turn.error, "detail": turn.error_detail}
    else:
        names = ("state", "answered_by", "finish_reason", "input_tokens", "cached_input_tokens", "output_tokens")
        told = {name: getattr(turn, name) for name in names}
        cost = None if turn.cost is None else str(turn.cost)
        yield ended, turn, Kind.FINISHED, {**told, "text": answer, "model": turn.model_name, "cost": cost}


def _judged(talks: dict[UUID, Talk]) -> None:
    ratings = Rating.objects.filter(message__conversation__in=list(talks)).annotate(talk=F("message__conversation_id"))
    for rating in ratings:
        talk, data = talks[rating.talk], {"message": rating.message_id, "value": rating.value}
        talk.records.append((rating.created_at, None, Kind.RATING, data))
        talk.reasons += [Reason.THUMBS_DOWN] if rating.value < 0 else []
    for report in ProblemReport.objects.filter(conversation__in=list(talks)):
        talk = talks[report.conversation_id]
        talk.records.append((report.created_at, None, Kind.REPORT, {"text": report.text, "message": report.message_id}))
        talk.reasons.append(Reason.REPORT)
    for handed in Escalation.objects.filter(conversation__in=list(talks)):
        talk = talks[handed.conversation_id]
        talk.records.append((handed.created_at, None, Kind.ESCALATION, {"reason": handed.reason}))
        talk.reasons.append(Reason.ESCALATION)


def _keep(talk: Talk, chance: random.Random) -> tuple[LoggedConversation, list[tuple[Any, ...]]]:
    row = LoggedConversation(
        conversation=talk.id, site=talk.site, audience=talk.audience, rules=talk.rules,
        reasons=talk.reasons or [Reason.SAMPLED.value],
        first_at=talk.records[0][0], last_at=talk.records[-1][0],
    )  # fmt: skip
    begin, lines = chance.getrandbits(30) << 32, list[tuple[Any, ...]]()
    for number, (at, turn, kind, data) in enumerate(talk.records):
        text = json.dumps(redacted(data, current().rules, talk.id), ensure_ascii=False)
        text = numbered(text, row.names)
        of = (turn and turn.pk, talk.site, talk.audience, turn and turn.rule_id)
        lines.append((talk.id, at, begin + number, row.troubled, *of, kind.value, text))
        row.records, row.size = row.records + 1, row.size + len(text.encode()) + 60
    return row, lines


def _tell(rows: Sequence[tuple[LoggedConversation, Any]], dropped: int) -> None:
    """What was decided, as if it had been today; what was dropped is thought to be as large as what was sampled."""
    for outcome, of_it in (
        ("troubled", [row for row, _ in rows if row.troubled]),
        ("sampled", [row for row, _ in rows if not row.troubled]),
    ):
        _count(outcome, len(of_it), sum(row.records for row in of_it), sum(row.size for row in of_it))
        if outcome == "sampled" and of_it:
            records, size = (sum(getattr(row, name) for row in of_it) for name in ("records", "size"))
            _count("dropped", dropped, records * dropped // len(of_it), size * dropped // len(of_it))


def _count(outcome: str, conversations: int, records: int, size: int) -> None:
    found, _ = LogTally.objects.get_or_create(day=timezone.now().date(), outcome=outcome)
    LogTally.objects.filter(pk=found.pk).update(
        conversations=F("conversations") + conversations, records=F("records") + records, size=F("size") + size
    )


def _hold(talk: Talk) -> None:
    about = {"site": talk.site, "audience": talk.audience}
    for _, turn, kind, data in talk.records:
        of_turn = {"turn": turn.pk, "rule": turn.rule_id} if turn else {}
        record(talk.id, kind, data, **about, **of_turn)
