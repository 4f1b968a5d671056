"""Suggested answers: approve, edit or reject what visitors ask often."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from routing.admin.cached.form import conflict_words, refusal_words
from routing.admin.cached.preview import preview_box
from routing.cached import jobs
from routing.cached.accepting import accept, reject
from routing.cached.conflicts import Scope, conflicts
from routing.cached.normalise import normalised
from routing.cached.reviewing import NotApproved
from routing.models import AnswerSuggestion, CachePolicy

State = AnswerSuggestion.State
LOOKS = {"Waiting": "info", "Approved": "success", "Rejected": "default"}
APPROVE = "routing_answersuggestion_approve_now"


class SuggestionForm(forms.ModelForm):  # type: ignore[type-arg] # generic only to the stubs
    """The answer and its questions, to be mended before they are approved."""

    questions_text = forms.CharField(
        label="Questions",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 7, "class": "cached-lines"}),
        help_text="One a line, the most frequent first. Take out those that ask for something else.",
    )

    class Meta:
        model = AnswerSuggestion
        fields = ("answer",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "questions_text" in self.fields:
            self.fields["questions_text"].initial = "\n".join(text for text, _ in self.instance.questions)

    def clean_questions_text(self) -> str:
        """With words; and nobody else's, when it is to be approved."""
        text: str = self.cleaned_data["questions_text"]
        self.lines = [line.strip()[:1000] for line in text.splitlines() if normalised(line)]
        if not self.lines:
            raise ValidationError("There is no question left: keep at least one.")
        if APPROVE in self.data:
            asked = {normalised(line): line for line in self.lines}
            if others := conflicts(asked, Scope(self.instance.site_id)):
                raise ValidationError([conflict_words(other) for other in others[:5]])
        return text


@admin.register(AnswerSuggestion)
class AnswerSuggestionAdmin(ModelAdmin):
    """Waiting ones first asked most often. Nothing is served before somebody approves it."""

    form = SuggestionForm
    list_display = ("asked_and_said", "site", "count", "spent", "agreed", "status")
    list_display_links = ("asked_and_said",)
    list_select_related = ("site",)
    list_filter = (("state", ChoicesDropdownFilter), ("site", RelatedDropdownFilter))
    list_filter_submit = True
    list_fullwidth = True
    search_fields = ("question", "answer")
    list_before_template = "admin/routing/answersuggestion/list_before.html"
    change_form_template = "admin/routing/cachedanswer/change_form.html"
    actions = ("approve_selected", "reject_selected")
    actions_submit_line = ("approve_now", "draft_now", "reject_now")
    readonly_fields = ("asked_so", "figures", "preview")
    fieldsets = (
        (None, {"fields": ("figures", "questions_text", "answer", "preview")}),
        ("How often each was asked", {"fields": ("asked_so",), "classes": ("collapse",)}),
    )

    class Media:
        css = {"all": ("routing/cached/cached.css",)}
        js = ("routing/cached/preview.js",)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """They come from conversations."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not what was decided. Unfold asks with an id for its buttons, too."""
        waiting: bool = getattr(obj, "state", State.WAITING) == State.WAITING
        return waiting and bool(super().has_change_permission(request, obj))

    def get_queryset(self, request: HttpRequest) -> QuerySet[AnswerSuggestion]:
        """In the list, those that wait unless a state is chosen."""
        rows: QuerySet[AnswerSuggestion] = super().get_queryset(request)
        listed = request.resolver_match and request.resolver_match.url_name == "routing_answersuggestion_changelist"
        chosen = any(key.startswith("state") for key in request.GET)
        return rows.filter(state=State.WAITING) if listed and not chosen and request.method == "GET" else rows

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A wide field for the Markdown."""
        if db_field.name == "answer":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 9, "class": "cached-markdown"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """What was decided has no buttons."""
        number = int(object_id) if str(object_id).isdecimal() else 0  # an address may hold anything
        decided = AnswerSuggestion.objects.exclude(state=State.WAITING).filter(pk=number)
        return [] if decided.exists() else super().get_actions_submit_line(request, object_id)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """With what was looked for last."""
        policy = CachePolicy.objects.filter(pk=1).first() or CachePolicy()
        context = {"looked": jobs.outcome("suggest"), "policy": policy, "may_look": self.has_change_permission(request)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """With looking again."""
        look = path("look/", self.admin_site.admin_view(self.look), name="routing_answersuggestion_look")
        return [look, *super().get_urls()]

    @method_decorator(require_POST)
    def look(self, request: HttpRequest) -> HttpResponse:
        """Have a worker look for suggestions now."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            jobs.ask(jobs.look_for_suggestions)
        except jobs.Unreachable as error:
            messages.error(request, str(error))
        else:
            messages.info(request, "A worker looks through the last weeks. What it finds stands here in a moment.")
        return HttpResponseRedirect(reverse("admin:routing_answersuggestion_changelist"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """With the questions as they were mended, each keeping how often it was asked."""
        times = {normalised(text): count for text, count in obj.questions}
        obj.questions = [[line, times.get(normalised(line), 0)] for line in form.lines]
        obj.question, obj.updated_at = form.lines[0], timezone.now()
        super().save_model(request, obj, form, change)

    @action(description="Save and approve", permissions=["change"])
    def approve_now(self, request: HttpRequest, obj: Any) -> None:
        """Served from now on."""
        if self._accept(request, obj, approved=True):
            messages.success(request, "Approved: it is served from now on.")

    @action(description="Make a draft and edit", permissions=["change"])
    def draft_now(self, request: HttpRequest, obj: Any) -> None:
        """To choose its audience, times and more before it is approved."""
        self._accept(request, obj, approved=False)

    @action(description="Reject", permissions=["change"])
    def reject_now(self, request: HttpRequest, obj: Any) -> None:
        """It does not come back."""
        reject(obj)
        messages.success(request, "Rejected: it will not be suggested again.")

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """To the draft, where one was made."""
        if "routing_answersuggestion_draft_now" in request.POST and obj.cached_id:
            return HttpResponseRedirect(reverse("admin:routing_cachedanswer_change", args=[obj.cached_id]))
        listed: HttpResponse = super().response_change(request, obj)
        return listed

    def _accept(self, request: HttpRequest, row: AnswerSuggestion, *, approved: bool) -> bool:
        if not request.user.has_perm("routing.add_cachedanswer"):
            raise PermissionDenied
        try:
            accept(row, request.user, approved=approved)
        except NotApproved as error:
            for told in refusal_words(error):
                messages.error(request, format_html("“{}” was not approved. {}", row.question[:60], told))
            return False
        return True

    @admin.action(description="Approve", permissions=["change"])
    def approve_selected(self, request: HttpRequest, rows: QuerySet[AnswerSuggestion]) -> None:
        """Each as it stands there."""
        done = sum(self._accept(request, row, approved=True) for row in rows.filter(state=State.WAITING))
        if done:
            messages.success(request, f"Approved and served from now on: {done}.")

    @admin.action(description="Reject", permissions=["change"])
    def reject_selected(self, request: HttpRequest, rows: QuerySet[AnswerSuggestion]) -> None:
        """They do not come back."""
        waiting = list(rows.filter(state=State.WAITING))
        for row in waiting:
            reject(row)
        messages.success(request, f"Rejected: {len(waiting)}.")

    @display(description="Question and answer", ordering="question")
    def asked_and_said(self, row: AnswerSuggestion) -> SafeString:
        """The question, and the answer's beginning."""
        said = row.answer if len(row.answer) <= 110 else f"{row.answer[:109]}…"
        return format_html('<span class="cached-cell">{}<small>{}</small></span>', row.question, said)

    @display(description="Cost, 4 weeks", ordering="cost")
    def spent(self, row: AnswerSuggestion) -> str:
        """Dollars."""
        return f"${row.cost:.4f}".rstrip("0").rstrip(".")

    @display(description="Answered alike", ordering="consistency")
    def agreed(self, row: AnswerSuggestion) -> str:
        """How many of its answers say the same."""
        return f"{row.consistency:.0%}"

    @display(description="State", label=LOOKS, ordering="state")
    def status(self, row: AnswerSuggestion) -> str:
        """In its colour."""
        return str(row.get_state_display())

    @display(description="Asked")
    def figures(self, row: AnswerSuggestion) -> str:
        """How often, for how much, and how alike."""
        return (
            f"{row.count:,} times on {row.site} in the last four weeks, for {self.spent(row)}; "
            f"{row.consistency:.0%} of the answers say the same as the one below."
        )

    @display(description="As it was asked")
    def asked_so(self, row: AnswerSuggestion) -> str:
        """Each question with its count."""
        return "\n".join(f"{count} × {text}" for text, count in row.questions)

    @display(description="As the visitor reads it")
    def preview(self, row: AnswerSuggestion) -> SafeString:
        """Follows what is typed."""
        return preview_box(row.answer)

    @display(description="Questions")
    def questions_text(self, row: AnswerSuggestion) -> str:
        """For those who may only look."""
        return "\n".join(text for text, _ in row.questions)
