"""Going live and going back: one version is live, or none, and then the starter decides."""

from django.db import transaction
from django.db.models.functions import Now

from routing.classifier.live import usable
from routing.models import ClassifierVersion


class Overtaken(ValueError):
    """Somebody else was first. The message says what is live now."""


def live_id() -> int | None:
    """The number of the live version; None: the starter."""
    found: int | None = ClassifierVersion.objects.filter(live=True).values_list("pk", flat=True).first()
    return found


def go_live(pk: int, instead_of: int | None) -> bool:
    """Let a version decide instead of the one that was seen to be live; False when it does already.

    Raises Overtaken when another one is live by now, UnusableWeights when its weights do not fit, and
    ClassifierVersion.DoesNotExist.
    """
    with transaction.atomic():
        rows = _locked()
        if pk not in rows:
            raise ClassifierVersion.DoesNotExist(f"Version {pk} was deleted.")
        if rows[pk].live:
            return False
        _require(rows, instead_of)
        usable(rows[pk])
        ClassifierVersion.objects.filter(live=True).update(live=False)
        ClassifierVersion.objects.filter(pk=pk).update(live=True, went_live_at=Now())
    return True


def go_back(instead_of: int) -> int | None:
    """Let the version decide that was live before `instead_of`; its number, None for the starter.

    Raises Overtaken when another one is live by now.
    """
    with transaction.atomic():
        rows = _locked()
        _require(rows, instead_of)
        before = before_it(rows[instead_of], list(rows.values()))
        ClassifierVersion.objects.filter(live=True).update(live=False)
        if before:
            ClassifierVersion.objects.filter(pk=before.pk).update(live=True)
    return before.pk if before else None


def before_it(version: ClassifierVersion, all_: list[ClassifierVersion]) -> ClassifierVersion | None:
    """The version that went live last before this one, of those whose weights fit; going back does not change that."""
    when = version.went_live_at
    earlier = [each for each in all_ if when and each.went_live_at and each.went_live_at < when and _fits(each)]
    return max(earlier, key=lambda each: (each.went_live_at, each.pk), default=None)


def _fits(version: ClassifierVersion) -> bool:
    try:
        usable(version)
    except ValueError:
        return False
    return True


def _locked() -> dict[int, ClassifierVersion]:
    """All versions, locked in one order, so that of two clicks one sees what the other did."""
    return {row.pk: row for row in ClassifierVersion.objects.select_for_update().order_by("pk")}


def _require(rows: dict[int, ClassifierVersion], expected: int | None) -> None:
    now = next((row.pk for row in rows.values() if row.live), None)
    if now != expected:
        what = f"version {now} is live" if now else "the starter weights decide"
        raise Overtaken(f"Somebody was faster: {what} by now. Look at it, then choose again.")
