"""Try it: whether a cached answer would be served before any rule is asked; by the lookup that turns use."""

from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.urls import reverse

from routing.cached import Hit, Lookup, Near, lookup
from routing.models import CachedAnswer, CachedQuestion
from routing.question import Question

SHOWN = 200  # characters


@dataclass(frozen=True)
class CachedFirst:
    """`served`: no rule is asked. `address` is the answer's page, empty where there is none near."""

    served: bool
    answer: str
    words: str
    address: str = ""


def cached_first(question: Question) -> CachedFirst:
    """For a question with its vector. Blocks; nothing is kept of it."""
    found: Lookup = async_to_sync(lookup)(question)
    nearest = found.near[0] if found.near else None
    if found.hit is None:
        return _none(found, nearest)
    return _shown(found.hit.answer_id, _of_hit(found.hit, nearest), served=True)


def _none(found: Lookup, nearest: Near | None) -> CachedFirst:
    why = str(found.note.get("refused_by", ""))
    if nearest is None:
        return CachedFirst(False, "", why or "no answer is near")
    return _shown(nearest.answer_id, f"{_near(nearest)}: {why}", served=False)


def _shown(answer: int, words: str, *, served: bool) -> CachedFirst:
    text = CachedAnswer.objects.filter(pk=answer).values_list("text", flat=True).first() or ""
    address = reverse("admin:routing_cachedanswer_change", args=[answer])
    return CachedFirst(served, text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…", words, address)


def _of_hit(hit: Hit, nearest: Near | None) -> str:
    if nearest:
        return _near(nearest)
    question = CachedQuestion.objects.filter(pk=hit.question_id).values_list("text", flat=True).first() or ""
    return f"“{question}” has the same words"


def _near(near: Near) -> str:
    sign = "≥" if near.confidence >= near.threshold else "<"
    return (
        f"“{near.question}” is nearest ({near.similarity:.2f}), sure {near.confidence:.2f} {sign} {near.threshold:.2f}"
    )
