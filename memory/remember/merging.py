"""What becomes of a candidate beside what is known: pure decisions, and their writing.

A memory that another supersedes stays, dated. What the contact or the staff wrote holds against everything that was
said before they wrote it. Deciding again about the same candidate changes nothing: results may come twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from memory.models import Ignored, Kind, UserMemory
from memory.remember import junk
from memory.remember.candidates import Action, Candidate, Passed
from memory.remember.changes import SUPERSEDED, Changes, supersede_row
from memory.remember.likeness import alike, words
from memory.remember.vectors import forget_vectors
from memory.scope import contact_scope

WRITTEN = (UserMemory.Origin.CONTACT, UserMemory.Origin.STAFF)
SINGLE = frozenset({"name", "home", "origin", "employer", "job", "birthday", "pronouns", "language"})
MOST, COMPARED = 4000, 8000  # memories that hold of one contact; newest ones of both sorts that are looked at
CORRECTED, OUTDATED, KNOWN = "corrected since", "older than what is known", "known already"
FULL = "as much is remembered as can be"
FIELDS = (
    "id", "contact", "kind", "subject", "text", "origin", "said_at", "holds_until", "confidence", "importance",
    "superseded_at", "superseded_by_id",
)  # fmt: skip


@dataclass
class Known:
    """A contact's memories: those that hold, and those that were superseded."""

    holding: list[UserMemory] = field(default_factory=list)
    superseded: list[UserMemory] = field(default_factory=list)


@dataclass(frozen=True)
class Decision:
    """What to do; `known` is the memory that it is about."""

    action: Action
    known: UserMemory | None = None
    reason: str = ""


@dataclass
class Merged:
    """How many of each. `known`: ignored as well, but not noted, as it is remembered already."""

    added: int = 0
    updated: int = 0
    superseded: int = 0
    ignored: int = 0
    known: int = 0


def lock(*contacts: UUID) -> None:
    """Keep others from changing these contacts' memories until the transaction ends."""
    with connection.cursor() as cursor:
        for contact in sorted(map(str, contacts)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))", [contact])


def known_of(contact_id: UUID) -> Known:
    """What there is of the contact, newest first; inside a scope."""
    rows = UserMemory.objects.filter(contact_id=contact_id).only(*FIELDS).order_by("-id")[:COMPARED]
    found = Known()
    for row in rows:
        (found.holding if row.superseded_at is None else found.superseded).append(row)
    return found


def merge(contact_id: UUID, candidates: Sequence[Candidate], passed: Sequence[Passed] = ()) -> Merged:
    """Bring the candidates, oldest first, into what is known of the contact; keep why others were ignored."""
    with contact_scope(contact_id):
        lock(contact_id)
        return merge_into(known_of(contact_id) if candidates else Known(), contact_id, candidates, passed)


def merge_into(
    known: Known, contact_id: UUID, candidates: Sequence[Candidate], passed: Sequence[Passed] = ()
) -> Merged:
    """The same for who has locked the contact and read what is known, which is brought up to date."""
    merged, refused, changes = Merged(), list(passed), Changes(len(candidates))
    for candidate in sorted(candidates, key=lambda each: (each.said.said_at, each.said.message)):
        if reason := junk.reason_against(candidate):
            refused.append(junk.passed(candidate, reason))
            continue
        decision = decide(candidate, known)
        if decision.action is Action.IGNORE and decision.reason != KNOWN:
            refused.append(junk.passed(candidate, decision.reason))
        merged.known += decision.action is Action.IGNORE and decision.reason == KNOWN
        carry_out(contact_id, candidate, decision, known, merged, changes)
    changes.write(contact_id)
    merged.ignored = _note(contact_id, refused)
    return merged


def decide(candidate: Candidate, known: Known) -> Decision:
    """What is to be done with a candidate. Pure, but for the embedder."""
    if candidate.action is Action.IGNORE:
        return Decision(Action.IGNORE, reason=candidate.reason or "of no use")
    slot = _slot(candidate, known)
    if reason := _overruled(candidate, known, slot):
        return Decision(Action.IGNORE, reason=reason)
    if same := next((each for each in known.holding if _alike(candidate, each)), None):
        fresher = candidate.said.said_at > same.said_at and same.origin not in WRITTEN
        return Decision(Action.UPDATE, _better(candidate, same)) if fresher else Decision(Action.IGNORE, same, KNOWN)
    named = next((each for each in known.holding if each.pk == candidate.target), None)
    target = slot if named is None or candidate.action is Action.ADD else named
    if target is None:
        return Decision(Action.IGNORE, reason=FULL) if len(known.holding) >= MOST else Decision(Action.ADD)
    return _in_favour(candidate, target)


def _in_favour(candidate: Candidate, target: UserMemory) -> Decision:
    """The newer of both holds; what a person wrote is superseded, never rewritten."""
    if target.said_at > candidate.said.said_at:
        return Decision(Action.IGNORE, target, OUTDATED)
    written = target.origin in WRITTEN
    return Decision(Action.UPDATE if candidate.action is Action.UPDATE and not written else Action.SUPERSEDE, target)


def carry_out(
    contact_id: UUID, candidate: Candidate, decision: Decision, known: Known, merged: Merged, changes: Changes
) -> None:
    """Gather what a decision changes, and keep `known` as the table will be."""
    match decision.action:
        case Action.ADD:
            known.holding.insert(0, changes.add(_made(contact_id, candidate)))
            merged.added += 1
        case Action.SUPERSEDE if decision.known is not None:
            new = changes.add(_made(contact_id, candidate))
            changes.supersede(decision.known, new)
            known.holding.remove(decision.known)
            known.holding.insert(0, new)
            known.superseded.insert(0, decision.known)
            merged.superseded += 1
        case Action.UPDATE if decision.known is not None:
            _refresh(decision.known, candidate)
            changes.refresh(decision.known)
            merged.updated += 1
        case _:
            pass


def supersede(old: UserMemory, new: UserMemory) -> None:
    """The old one stays, dated, in favour of the new one, at once."""
    supersede_row(old, new)
    old.save(update_fields=SUPERSEDED)
    forget_vectors(old.contact_id, [old.pk])


def single(kind: str, subject: str) -> bool:
    """Whether only one memory of this subject can hold: one home, one opinion of coffee."""
    return subject.casefold() in SINGLE or (kind == Kind.PREFERENCE and subject != "")


def in_place(kind: str, subject: str, known: Known) -> UserMemory | None:
    """What holds of this subject."""
    wanted = (kind, subject.casefold())
    return next((each for each in known.holding if (each.kind, each.subject.casefold()) == wanted), None)


def _slot(candidate: Candidate, known: Known) -> UserMemory | None:
    if not candidate.exclusive and candidate.subject.casefold() not in SINGLE:
        return None
    return in_place(candidate.kind, candidate.subject, known)


def _overruled(candidate: Candidate, known: Known, slot: UserMemory | None) -> str:
    said_at = candidate.said.said_at
    for each in known.holding:
        about_it = each is slot or each.pk == candidate.target or _alike(candidate, each)
        if each.origin in WRITTEN and said_at <= each.said_at and about_it:
            return KNOWN if _alike(candidate, each) else CORRECTED
    by_id = {each.pk: each for each in (*known.holding, *known.superseded)}
    for each in known.superseded:
        by = by_id.get(each.superseded_by_id or 0)
        until = by.said_at if by else each.superseded_at
        if until is not None and said_at <= until and _alike(candidate, each):
            return CORRECTED if by and by.origin in WRITTEN else OUTDATED
    return ""


def _alike(candidate: Candidate, memory: UserMemory) -> bool:
    same = candidate.subject.casefold() == memory.subject.casefold()
    return alike(candidate.text, memory.text, same_subject=same and candidate.subject != "")


def _better(candidate: Candidate, same: UserMemory) -> UserMemory:
    """The same memory, with the fuller of both texts."""
    if words(same.text) < words(candidate.text):
        same.text = candidate.text
    return same


def _made(contact_id: UUID, candidate: Candidate) -> UserMemory:
    return UserMemory(
        contact_id=contact_id,
        kind=candidate.kind,
        subject=candidate.subject,
        text=candidate.text,
        said_at=candidate.said.said_at,
        updated_at=timezone.now(),
        holds_from=candidate.holds_from,
        holds_until=candidate.holds_until,
        confidence=candidate.confidence,
        importance=candidate.importance,
        source_message=candidate.said.message,
        source_conversation=candidate.said.conversation,
        origin=candidate.origin,
    )


def _refresh(memory: UserMemory, candidate: Candidate) -> None:
    """It was said again, or said better."""
    if candidate.action is Action.UPDATE:
        memory.text = candidate.text
    memory.said_at, memory.updated_at = candidate.said.said_at, timezone.now()
    memory.confidence = max(memory.confidence, candidate.confidence)
    memory.importance = max(memory.importance, candidate.importance)


def _note(contact_id: UUID, refused: Sequence[Passed]) -> int:
    """Keep why; the same about the same message once."""
    if not refused:
        return 0
    about = Q(source_message__in={each.message for each in refused if each.message is not None})
    there = set(Ignored.objects.filter(about, contact_id=contact_id).values_list("source_message", "reason", "text"))
    rows = {(each.message, each.reason[:100], each.text[:500]): each for each in refused}
    new = [key for key in rows if key not in there]
    Ignored.objects.bulk_create(
        [Ignored(contact_id=contact_id, source_message=number, reason=why, text=text) for number, why, text in new]
    )
    return len(new)
