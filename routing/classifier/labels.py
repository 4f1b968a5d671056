"""Labels: saying one, taking it back, gathering the weak ones, and which of them count."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from routing.classifier.sources import AskedMessage, WeakLabel, weak_labels
from routing.models import RoutingLabel

Source = RoutingLabel.Source
MOST = 10_000  # labels that a training looks at, the newest; more take minutes to embed and change little
LONGEST = 4000  # characters of a message that are kept
COUNTS = {Source.PERSON: 1.0, Source.IMPORT: 1.0, Source.THUMB: 0.3, Source.ESCALATION: 0.3, Source.AGAIN: 0.2}
RANK = {Source.PERSON: 0, Source.IMPORT: 1}


@dataclass(frozen=True)
class Label:
    """One message and what it needed. `counts`: 1 for a person's word, less for what is only guessed."""

    pk: int
    text: str
    hard: bool
    source: RoutingLabel.Source
    counts: float


def say(asked: AskedMessage, value: RoutingLabel.Value, user_id: int | None) -> RoutingLabel:
    """A person's label of a message; the newest word of anybody counts."""
    values = {"text": asked.text[:LONGEST], "value": value, "site_id": asked.site_id, "created_by_id": user_id}
    return RoutingLabel.objects.update_or_create(message_id=asked.id, source=Source.PERSON, defaults=values)[0]


def gather_weak() -> int:
    """Bring the stored weak labels up to what conversations say now; how many there are.

    One that no longer holds (a thumb taken back) goes.
    """
    found = weak_labels()
    weak = [source for source in Source if COUNTS[source] < 1]
    with transaction.atomic():
        for source in weak:
            ids = [each.message_id for each in found if each.source == source]
            RoutingLabel.objects.filter(source=source).exclude(message_id__in=ids).delete()
        RoutingLabel.objects.bulk_create(
            [_row(each) for each in found if each.source in weak],
            update_conflicts=True,
            unique_fields=["message_id", "source"],
            update_fields=["value", "text"],
        )
    return len(found)


def _row(label: WeakLabel) -> RoutingLabel:
    return RoutingLabel(
        text=label.text[:LONGEST],
        value=label.value,
        source=label.source,
        site_id=label.site_id,
        message_id=label.message_id,
    )


def counting(rows: Iterable[RoutingLabel] | None = None) -> list[Label]:
    """One label for each message and each text, the newest first: a person's goes before an imported one, that before
    a guess; among equals the newest. `rows` (for tests) newest first; by default the newest MOST of them."""
    found = RoutingLabel.objects.order_by("-pk")[:MOST] if rows is None else rows
    ranked = sorted(found, key=lambda row: RANK.get(Source(row.source), len(RANK)))
    chosen: dict[str, RoutingLabel] = {}
    taken: set[int] = set()
    for row in ranked:
        if (row.message_id is None or row.message_id not in taken) and row.text.strip() not in chosen:
            chosen[row.text.strip()] = row
            taken |= {row.message_id} if row.message_id is not None else set()
    return [_label(row) for row in sorted(chosen.values(), key=lambda row: -row.pk)]


def _label(row: RoutingLabel) -> Label:
    source = Source(row.source)
    return Label(row.pk, row.text.strip(), row.value == RoutingLabel.Value.COMPLEX, source, COUNTS[source])
