"""Who changes a cached answer, its questions or the policy says so here, by saving it or by `changed`."""

from collections.abc import Iterable
from typing import Any

from django.db.models.functions import Now
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from routing.cached.keeping import tell
from routing.models import CachedAnswer, CachedQuestion, CacheGate, CachePolicy


def changed(answer_ids: Iterable[int]) -> None:
    """These answers or their questions changed: for bulk changes, which send no signals."""
    CachedAnswer.objects.filter(pk__in=list(answer_ids)).update(updated_at=Now())
    tell()


@receiver([post_save, post_delete], sender=CachedAnswer)
def answer_changed(instance: CachedAnswer, **_: Any) -> None:
    """Served, or no longer served, within a second."""
    changed([instance.pk] if instance.pk else [])


@receiver([post_save, post_delete], sender=CachedQuestion)
def question_changed(instance: CachedQuestion, **_: Any) -> None:
    """The same for one of its questions."""
    changed([instance.answer_id])


@receiver(m2m_changed, sender=CachedAnswer.audiences.through)
def audiences_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_: Any) -> None:
    """The same for who may see it."""
    if action.startswith("post_"):
        changed((pk_set or ()) if reverse else [instance.pk])


@receiver([post_save, post_delete], sender=CachePolicy)
@receiver([post_save, post_delete], sender=CacheGate)
def policy_changed(**_: Any) -> None:
    """The same for how they are served."""
    tell()
