"""Extraction, a chore of the leader: conversations that have been idle, together by contact.

Our own patterns read at once what was said. Where a model may be used it is asked as well, in work that nobody waits
for. How far a conversation was read is written in the same transaction as what the patterns found.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import Case, Exists, F, Q, Value, When
from django.utils import timezone

from memory.models import ConversationCursor, MemoryPreference, RememberedMessage, UserMemory
from memory.remember import asking, junk, prompting
from memory.remember.candidates import Said
from memory.remember.counting import count
from memory.remember.merging import Known, Merged, known_of, lock, merge_into
from memory.remember.policies import Policy, policy_now
from memory.remember.replies import read_reply
from memory.scope import contact_scope, staff_scope
from parley.threads import in_database_thread
from people.models import Contact

log = logging.getLogger(__name__)
MOST_CONVERSATIONS, MOST_MESSAGES, MOST_CHARACTERS = 50, 80, 40_000  # a pass; of one contact; of a question to a model
LEASE = timedelta(minutes=5)  # conversations of a process that was lost are due again after so long
PAUSE, MOST_FAILURES = timedelta(minutes=2), 3  # then the model is left out, and the patterns' result stands


@dataclass(frozen=True)
class Due:
    """The conversations of a contact that are ours to read until the lease ends."""

    contact_id: UUID
    site_id: int
    cursors: Sequence[ConversationCursor]


@dataclass(frozen=True)
class Heard:
    """What was said in them since, in order, and how far that goes in each conversation."""

    messages: list[Said]
    until: dict[UUID, int]
    more: bool


async def extract_due(limit: int = MOST_CONVERSATIONS) -> int:
    """Read up to `limit` conversations that are due. Returns how many. One that fails is tried again later."""
    dues = await in_database_thread(_claim, limit)
    for due in dues:
        try:
            await in_database_thread(_extract, due)
        except Exception:
            log.exception("The conversations of contact %s were not read; they are tried again", due.contact_id)
            await in_database_thread(_postpone, due)
    return sum(len(due.cursors) for due in dues)


async def take_reply(key: str, reply: object) -> None:
    """Merge a model's reply to the question of this key. `reply`: text or JSON as values; what is wrong is left out.

    Nothing is done for a contact who is gone, or does not want to be remembered any more; twice is as good as once.
    """
    await in_database_thread(_take, key, reply)


def _extract(due: Due) -> None:
    """Merge what the patterns find, have a model asked for more, and note how far was read: one transaction under the
    contact's lock. Whoever is erased at the same time is gone before it, or takes what was asked along after it.
    """
    policy = policy_now(due.site_id)
    with contact_scope(due.contact_id):
        lock(due.contact_id)
        heard = _hear(due) if wanted(due.contact_id, policy) else Heard([], {}, more=False)
        if any(each.by_contact for each in heard.messages):
            known = known_of(due.contact_id)
            count(merge_patterns(due.contact_id, heard.messages, known), due.site_id)
            if policy.use_model and max(each.failures for each in due.cursors) < MOST_FAILURES:
                _ask(due, heard, known)
        _move_on(due, heard)


def _ask(due: Due, heard: Heard, known: Known) -> None:
    asks = asking.registered()
    shown = [said for each in heard.messages if (said := _shown(each)) is not None]
    if asks is None or not any(each.by_contact for each in shown):
        return
    numbers = [each.message for each in heard.messages]
    asks.ask(
        asking.PURPOSE,
        asking.key_of(due.contact_id, min(numbers), max(numbers)),
        prompting.SYSTEM,
        prompting.question(shown, _most_important(known)),
        prompting.REPLY,
        together=str(due.contact_id),
        site_id=due.site_id,
    )


def _most_important(known: Known) -> list[UserMemory]:
    """What a model is told of what is known: the most important and newest that hold."""
    return sorted(known.holding, key=lambda each: (-each.importance, -each.pk))[: prompting.MOST_KNOWN]


def _move_on(due: Due, heard: Heard) -> None:
    """Note how far was read. A conversation in which something was said meanwhile stays due when it said it will be."""
    then = timezone.now() if heard.more else None
    for cursor in due.cursors:
        mine = ConversationCursor.objects.filter(conversation=cursor.conversation, contact_id=due.contact_id)
        mine.update(
            extracted_until=heard.until.get(cursor.conversation, cursor.extracted_until),
            failures=0,
            due_at=Case(When(due_at=cursor.due_at, then=Value(then)), default=F("due_at")),
        )


def _shown(said: Said) -> Said | None:
    """A message as a model may see it: without secrets and instructions."""
    return junk.usable(said)[0] if said.by_contact else junk.hidden(said)


def _claim(limit: int) -> list[Due]:
    now = timezone.now()
    with staff_scope():
        due = ConversationCursor.objects.filter(due_at__lte=now).select_for_update(skip_locked=True)
        cursors = list(due.order_by("due_at")[:limit])
        ConversationCursor.objects.filter(pk__in=[each.pk for each in cursors]).update(due_at=now + LEASE)
    sites = dict(Contact.objects.filter(pk__in={each.contact_id for each in cursors}).values_list("pk", "site_id"))
    for each in cursors:
        each.due_at = now + LEASE
    ordered = sorted(cursors, key=lambda each: each.contact_id)
    grouped = [(contact, list(own)) for contact, own in groupby(ordered, key=lambda each: each.contact_id)]
    return [Due(contact, sites[contact], own) for contact, own in grouped if contact in sites]


def _hear(due: Due) -> Heard:
    new = Q(pk__in=[])
    for cursor in due.cursors:
        new |= Q(conversation=cursor.conversation, message__gt=cursor.extracted_until)
    rows = RememberedMessage.objects.filter(new, contact_id=due.contact_id).order_by("message")
    messages = [_said(row) for row in rows.defer("embedding", "searchable")[: MOST_MESSAGES + 1]]
    heard: list[Said] = []
    size = 0
    for each in messages[:MOST_MESSAGES]:
        size += min(len(each.text), prompting.MOST_MESSAGE)
        if heard and size > MOST_CHARACTERS:
            break
        heard.append(each)
    return Heard(heard, {each.conversation: each.message for each in heard}, more=len(heard) < len(messages))


def wanted(contact_id: UUID, policy: Policy) -> bool:
    """Whether this contact may be remembered now; inside a scope."""
    refused = MemoryPreference.objects.filter(contact_id=contact_id, enabled=False)
    found = Contact.objects.filter(pk=contact_id).annotate(refused=Exists(refused)).values_list("key", "refused")
    key, off = next(iter(found), ("", True))
    return policy.enabled and not off and (policy.anonymous or not key.startswith("anon:"))


def merge_patterns(contact_id: UUID, messages: Sequence[Said], known: Known) -> Merged:
    """What our own patterns find in these messages, merged with what is known; under the contact's lock."""
    from memory.remember.patterns import extract  # they take a while to compile: only where they are used

    candidates, passed = [], []
    for said in messages:
        left, refused = junk.usable(said)
        passed += refused
        candidates += extract(left) if left else []
    return merge_into(known, contact_id, candidates, passed)


def _take(key: str, reply: object) -> None:
    contact_id, first, last = asking.read_key(key)
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        return
    policy = policy_now(contact.site_id)
    with contact_scope(contact_id):
        lock(contact_id)  # before anything is read: it may be erased at the same time
        if not wanted(contact_id, policy):
            return
        rows = RememberedMessage.objects.filter(contact_id=contact_id, message__range=(first, last))
        messages = {row.message: _said(row) for row in rows}
        known = known_of(contact_id)
        read = read_reply(reply, contact_id, messages, {each.pk for each in (*known.holding, *known.superseded)})
        count(merge_into(known, contact_id, read.candidates), contact.site_id)
    if read.wrong:
        log.warning("Extraction %s: %s memories were refused: %s", key, len(read.wrong), "; ".join(read.wrong[:5]))


def _postpone(due: Due) -> None:
    with contact_scope(due.contact_id):
        for cursor in due.cursors:
            same = ConversationCursor.objects.filter(pk=cursor.pk, due_at=cursor.due_at)
            same.update(due_at=timezone.now() + PAUSE, failures=min(cursor.failures + 1, 100))


def _said(row: RememberedMessage) -> Said:
    return Said(row.message, row.conversation, row.by_contact, row.text, row.said_at)
