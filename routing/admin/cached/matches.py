"""Matches: what was served to whom who asked what, or nearly; verdicts, and learning from them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from parley.lists import GrowingChangeList, GrowingListMixin
from routing.admin.batches import ago
from routing.admin.cached import figures
from routing.cached import jobs, judge_match
from routing.models import CacheGate, CacheMatch, CachePolicy

Verdict = CacheMatch.Verdict
LEARN = "routing.change_cachepolicy"


class KindFilter(admin.SimpleListFilter):
    """What an administrator looks for."""

    title = "what"
    parameter_name = "what"
    kinds = {
        "unjudged": ("Served, not judged", Q(served=True, verdict="")),
        "wrong": ("Judged wrong", Q(verdict=Verdict.WRONG)),
        "right": ("Judged right", Q(verdict=Verdict.RIGHT)),
        "near": ("Near misses", Q(served=False)),
    }

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Their names."""
        return [(key, name) for key, (name, _) in self.kinds.items()]

    def queryset(self, _request: HttpRequest, matches: QuerySet[CacheMatch]) -> QuerySet[CacheMatch]:
        """Those of the chosen kind."""
        return matches.filter(self.kinds[self.value()][1]) if self.value() in self.kinds else matches  # type: ignore[index]


class MatchChangeList(GrowingChangeList):
    """Rows that know whether this person may judge them."""

    def get_results(self, request: HttpRequest) -> None:
        """`row.may_judge`."""
        super().get_results(request)
        may = self.model_admin.has_change_permission(request)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        for row in rows:
            row.may_judge = may
        self.result_list = rows


@admin.register(CacheMatch)
class CacheMatchAdmin(GrowingListMixin, ModelAdmin):
    """The newest first. Nobody writes them by hand; verdicts are given in the list."""

    list_display = ("asked_for", "given", "kind", "sure", "judged", "judge_buttons", "when")
    list_display_links = None
    list_select_related = ("answer", "nearest", "site")
    list_filter = (
        KindFilter,
        ("site", RelatedDropdownFilter),
        ("judge", ChoicesDropdownFilter),
        ("answer", RelatedDropdownFilter),
    )
    list_filter_submit = True
    list_fullwidth = True
    search_fields = ("question", "answer__text")
    list_before_template = "admin/routing/cachematch/list_before.html"
    actions = ("mark_right", "mark_wrong")

    class Media:
        css = {"all": ("routing/cached/cached.css",)}

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[GrowingChangeList]:
        """See MatchChangeList."""
        return MatchChangeList

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Made by turns."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """They are what the thresholds are learned from."""
        return False

    def get_readonly_fields(self, _request: HttpRequest, _obj: Any = None) -> tuple[str, ...]:
        """All that there is to see."""
        return ("question", "answer", "nearest", "served", "confidence", "refused_by", "verdict", "judge", "reason")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Vectors and features are for machines."""
        return self.get_readonly_fields(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """With the rates above the list."""
        cached, turns = figures.hit_rate()
        policy = CachePolicy.objects.filter(pk=1).first() or CachePolicy()
        context = {
            "title": "Matches of cached answers",
            "overall": figures.overall(),
            "by_answer": figures.by_answer(),
            "cached_turns": cached,
            "turns": turns,
            "hit_share": cached / turns if turns else None,
            "policy": policy,
            "gate": CacheGate.objects.filter(live=True).first(),
            "learned": jobs.outcome("learn"),
            "may_learn": request.user.has_perm(LEARN),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """With the verdict buttons, and the one for learning."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:match_id>/judge/<str:verdict>/", wrap(self.judge_one), name="routing_cachematch_judge"),
            path("learn/", wrap(self.learn), name="routing_cachematch_learn"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def judge_one(self, request: HttpRequest, match_id: int, verdict: str) -> HttpResponse:
        """Keep a person's verdict, and lead back to the list as it was."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if verdict in Verdict.values:
            judge_match(match_id, verdict == Verdict.RIGHT, reason=f"{request.user}")
        return HttpResponseRedirect(_back(request))

    @method_decorator(require_POST)
    def learn(self, request: HttpRequest) -> HttpResponse:
        """Have a worker learn the gate from the verdicts."""
        if not request.user.has_perm(LEARN):
            raise PermissionDenied
        try:
            jobs.ask(jobs.learn)
        except jobs.Unreachable as error:
            messages.error(request, str(error))
        else:
            messages.info(request, "A worker learns from the verdicts. What came of it stands here in a moment.")
        return HttpResponseRedirect(reverse("admin:routing_cachematch_changelist"))

    @admin.action(description="Mark as right", permissions=["change"])
    def mark_right(self, request: HttpRequest, matches: QuerySet[CacheMatch]) -> None:
        """All of them."""
        self._mark(request, matches, right=True)

    @admin.action(description="Mark as wrong", permissions=["change"])
    def mark_wrong(self, request: HttpRequest, matches: QuerySet[CacheMatch]) -> None:
        """All of them."""
        self._mark(request, matches, right=False)

    def _mark(self, request: HttpRequest, matches: QuerySet[CacheMatch], *, right: bool) -> None:
        ids = list(matches.values_list("pk", flat=True))
        done = sum(judge_match(pk, right, reason=f"{request.user}") for pk in ids)
        messages.success(request, f"Marked as {'right' if right else 'wrong'}: {done}.")

    @display(description="Asked", ordering="question")
    def asked_for(self, match: CacheMatch) -> SafeString:
        """What the visitor asked, and the stored question nearest to it."""
        nearest = match.nearest.text if match.nearest and not match.exact else ""
        near = format_html("<small>nearest: {}</small>", nearest) if nearest else ""
        return format_html('<span class="cached-cell">{}{}</span>', match.question, near)

    @display(description="Answer")
    def given(self, match: CacheMatch) -> SafeString:
        """Leads to it."""
        address = reverse("admin:routing_cachedanswer_change", args=[match.answer_id])
        text = match.answer.text
        shown = text if len(text) <= 90 else f"{text[:89]}…"
        return format_html('<a class="parley-link cached-answer" href="{}">{}</a>', address, shown)

    @display(description="Match", label={"Word for word": "success", "By meaning": "info", "Not served": "default"})
    def kind(self, match: CacheMatch) -> str:
        """How it was found, or that it was not served."""
        return ("Word for word" if match.exact else "By meaning") if match.served else "Not served"

    @display(description="Confidence", ordering="confidence")
    def sure(self, match: CacheMatch) -> SafeString:
        """The gate's, and what refused it."""
        refused = format_html("<small>{}</small>", match.refused_by) if match.refused_by else ""
        return format_html('<span class="cached-cell narrow">{}{}</span>', f"{match.confidence:.2f}", refused)

    @display(description="Verdict", ordering="verdict")
    def judged(self, match: CacheMatch) -> SafeString | str:
        """Who said so, and why."""
        if not match.verdict:
            return "–"
        judge, reason = match.get_judge_display(), match.reason
        told = f"{judge}: {reason}" if reason else str(judge)
        return format_html(
            '<span class="cached-cell narrow"><b class="cached-{}">{}</b><small title="{}">{}</small></span>',
            match.verdict,
            match.get_verdict_display(),
            told,
            told if len(told) <= 90 else f"{told[:89]}…",
        )

    @display(description="")
    def judge_buttons(self, match: Any) -> SafeString | str:
        """Buttons of the list's own form."""
        if not match.may_judge:
            return ""
        right, wrong = (reverse("admin:routing_cachematch_judge", args=[match.pk, each]) for each in Verdict.values)
        return format_html(
            '<span class="cached-buttons"><button class="parley-button" formaction="{}" aria-label="Right">✓</button>'
            '<button class="parley-button danger" formaction="{}" aria-label="Wrong">✗</button></span>',
            right,
            wrong,
        )

    @display(description="When", ordering="id")
    def when(self, match: CacheMatch) -> str:
        """How long ago."""
        return ago(match.created_at)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The rates link to the matches of an answer."""
        return lookup == "answer__id__exact" or super().lookup_allowed(lookup, value, request)


def _back(request: HttpRequest) -> str:
    here = request.headers.get("Referer", "")
    listed = reverse("admin:routing_cachematch_changelist")
    ours = url_has_allowed_host_and_scheme(here, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return here if ours and listed in here else listed
