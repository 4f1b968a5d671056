"""Try a question: which stored answers are near, what each check says, and a verdict that teaches."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from people.models import AudienceTier, Site
from routing.admin.cached.form import conflict_words
from routing.admin.cached.preview import rendered
from routing.cached import Explanation, explain, judge_match, normalised
from routing.cached.conflicts import conflicts, scope_of
from routing.models import CachedAnswer, CacheMatch
from routing.question import Question
from routing.vectors import local_embedder

LONGEST = 1000


def page(admin: Any, request: HttpRequest) -> HttpResponse:
    """The page; with `q` it is tried."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    asked = _asked(request.GET)
    context = {
        **admin.admin_site.each_context(request),
        "title": "Try a question",
        "opts": admin.opts,
        "media": admin.media,
        "sites": Site.objects.order_by("name"),
        "audiences": AudienceTier.objects.order_by("pk"),
        "asked": asked,
        "limit": LONGEST,
        "may_judge": admin.has_change_permission(request) and request.user.has_perm("routing.change_cachematch"),
    }
    if asked and asked.text:
        context |= _tried(asked)
    return TemplateResponse(request, "admin/routing/cachedanswer/question.html", context)


def verdict(admin: Any, request: HttpRequest) -> HttpResponse:
    """Keep that the question should be answered by this answer, or must not be."""
    if not admin.has_change_permission(request) or not request.user.has_perm("routing.change_cachematch"):
        raise PermissionDenied
    asked = _asked(request.POST)
    if request.method != "POST" or asked is None or not normalised(asked.text):
        raise PermissionDenied
    answer = get_object_or_404(CachedAnswer.objects.prefetch_related("audiences"), pk=request.POST.get("answer"))
    _judge(request, asked, answer, right=request.POST.get("verdict") == "right")
    return HttpResponseRedirect(_address(asked))


def _asked(values: Any) -> Question | None:
    """The question, of the chosen or the first site and audience; None without a site."""
    site = Site.objects.filter(pk=_number(values.get("site"))).first() or Site.objects.order_by("name").first()
    tiers = AudienceTier.objects.order_by("pk")
    audience = tiers.filter(pk=_number(values.get("audience"))).first() or tiers.first()
    if site is None:
        return None
    text = values.get("q", "").strip()[:LONGEST]
    vector = local_embedder().embed_all([text])[0] if text else None
    key, number = (audience.key, audience.pk) if audience else ("", 0)
    return Question(text=text, site_id=site.pk, audience_key=key, audience_id=number, vector=vector)


def _number(text: Any) -> int:
    return int(text) if text and str(text).isdecimal() and len(str(text)) < 10 else 0


def _address(asked: Question) -> str:
    query = urlencode({"site": str(asked.site_id), "audience": str(asked.audience_id), "q": asked.text})
    return f"{reverse('admin:routing_cachedanswer_question')}?{query}"


def _tried(asked: Question) -> dict[str, Any]:
    found: Explanation = async_to_sync(explain)(asked)
    answers = CachedAnswer.objects.in_bulk([near.answer_id for near in found.near])
    near = [{"near": each, "answer": answers.get(each.answer_id)} for each in found.near]
    hit = found.hit
    return {
        "found": found,
        "near": near,
        "hit": hit,
        "hit_html": rendered(hit.text) if hit else "",
        "hit_answer": CachedAnswer.objects.filter(pk=hit.answer_id).first() if hit else None,
        "features": sorted(found.features.items()),
    }


def _judge(request: HttpRequest, asked: Question, answer: CachedAnswer, *, right: bool) -> None:
    if right and (others := conflicts({normalised(asked.text): asked.text}, scope_of(answer), but=answer.pk)):
        messages.error(request, conflict_words(others[0]))
        return
    found: Explanation = async_to_sync(explain)(asked)
    match = _match(asked, answer, found)
    match.save()
    judge_match(match.pk, right, reason=f"Tried by {request.user}", add_example=right)
    told = "Added to its questions" if right else "Kept as a wrong match: questions like this are not answered so"
    messages.success(request, f"{told}. It counts within a second.")


def _match(asked: Question, answer: CachedAnswer, found: Explanation) -> CacheMatch:
    """Not served: it was only tried. Features are the best answer's, so for another one there are none."""
    best = next(iter(found.near), None)
    near = next((each for each in found.near if each.answer_id == answer.pk), None)
    return CacheMatch(
        answer=answer,
        nearest_id=near.question_id if near else None,
        site_id=asked.site_id,
        question=asked.text,
        vector=asked.vector,
        embedder=local_embedder().name,
        served=False,
        confidence=near.confidence if near else 0.0,
        features=found.features if best and best.answer_id == answer.pk else {},
        refused_by=(near.refused_by if near else "")[:200],
    )
