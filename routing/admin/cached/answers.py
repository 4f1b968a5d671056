"""Cached answers in the admin: the list, the form with its questions, approving and switching off."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from routing.admin.cached import figures, importing, trying
from routing.admin.cached.form import CachedAnswerForm, questions_of, refusal_words, sources_of
from routing.admin.cached.preview import preview_box, preview_view
from routing.admin.cached.saving import save_questions, tell_lookups
from routing.cached import changed
from routing.cached.articles import article
from routing.cached.reviewing import NotApproved, approve, switch_off
from routing.models import CachedAnswer, CachedQuestion

State = CachedAnswer.State
LOOKS = {"Draft": "info", "Approved": "success", "To be reviewed": "warning", "Switched off": "default"}


class AnswerChangeList(ChangeList):
    """The rows with their figures of the last 30 days: one more query, however many rows there are."""

    def get_results(self, request: HttpRequest) -> None:
        """`row.figures`."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        found = figures.of_answers(row.pk for row in rows)
        for row in rows:
            row.figures = found.get(row.pk, figures.Figures())
        self.result_list = rows


@admin.register(CachedAnswer)
class CachedAnswerAdmin(ModelAdmin):
    """Answers with the questions that ask for them. Only approved ones are served, within a second of a change."""

    form = CachedAnswerForm
    list_display = ("asked_and_said", "site", "language", "status", "hits", "wrong_hits", "valid_until")
    list_display_links = ("asked_and_said",)
    list_select_related = ("site",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("site", RelatedDropdownFilter),
        ("origin", ChoicesDropdownFilter),
        ("audiences", RelatedDropdownFilter),
        "language",
    )
    list_filter_submit = True
    list_fullwidth = True
    search_fields = ("text", "questions__text")
    list_before_template = "admin/routing/cachedanswer/list_before.html"
    change_form_template = "admin/routing/cachedanswer/change_form.html"
    actions = ("approve_selected", "switch_off_selected")
    actions_list = ("try_question", "import_answers", "see_matches", "see_policy")
    actions_submit_line = ("approve_now", "off_now")
    warn_unsaved_form = True
    readonly_fields = ("standing", "preview")
    fieldsets = (
        (None, {"fields": ("standing", "questions_text", "text", "preview", "sources_text")}),
        ("For whom", {"fields": ("site", "language", "audiences")}),
        ("How long", {"fields": ("valid_from", "valid_until", "lifetime_days", "article")}),
    )

    class Media:
        css = {"all": ("routing/cached/cached.css",)}
        js = ("routing/cached/preview.js",)

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        """See AnswerChangeList."""
        return AnswerChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[CachedAnswer]:
        """With the first question."""
        first = CachedQuestion.objects.filter(answer=OuterRef("pk")).order_by("pk").values("text")[:1]
        answers: QuerySet[CachedAnswer] = super().get_queryset(request)
        return answers.annotate(first_question=Subquery(first)).select_related("approved_by")

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """A wide field for the Markdown, and boxes to tick for the audiences."""
        if db_field.name == "text":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 9, "class": "cached-markdown"})
        if db_field.name == "audiences":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """A new answer can be approved as it is saved."""
        context = {"actions_submit_line": self.get_actions_submit_line(request, object_id)}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Without switching off what is off or new."""
        every = super().get_actions_submit_line(request, object_id)
        known = str(object_id).isdecimal()  # an address may hold anything
        off = not known or CachedAnswer.objects.filter(pk=object_id, state=State.OFF).exists()
        return [each for each in every if not (off and each.action_name.endswith("off_now"))]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A changed text of an approved answer waits for a review."""
        obj.sources, chosen = form.links, form.cleaned_data["article"]
        obj.article_id = int(chosen) if chosen else None
        source = article(obj.article_id)
        if {"text", "sources_text"} & set(form.changed_data) and obj.state == State.APPROVED:
            obj.state, obj.review_reason = State.REVIEW, f"Its text was changed by {request.user}."[:300]
        if "article" in form.changed_data:
            obj.article_digest = source.digest if source else ""
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: "ModelForm[Any]", formsets: Any, change: bool) -> None:
        """Questions and their vectors, then what the pressed button says."""
        super().save_related(request, form, formsets, change)
        row = form.instance
        save_questions(row, form.questions)  # type: ignore[attr-defined]
        tell_lookups(request, form.questions.values())  # type: ignore[attr-defined]
        if getattr(row, "to_approve", False):
            self._approve(request, row)
        elif getattr(row, "to_switch_off", False):
            switch_off(CachedAnswer.objects.filter(pk=row.pk))
            messages.success(request, "Switched off: it is not served any more.")
        elif row.state == State.REVIEW and row.review_reason:
            messages.warning(request, f"It is not served until somebody approves it again. {row.review_reason}")
        elif row.state == State.DRAFT:
            messages.info(request, "It is a draft: nobody is served it before it is approved.")
        changed([row.pk])

    @action(description="Save and approve", permissions=["change"])
    def approve_now(self, _request: HttpRequest, obj: Any) -> None:
        """The button below the form; its questions are saved after this."""
        obj.to_approve = True

    @action(description="Save and switch off", permissions=["change"])
    def off_now(self, _request: HttpRequest, obj: Any) -> None:
        """The same."""
        obj.to_switch_off = True

    def _approve(self, request: HttpRequest, row: CachedAnswer) -> bool:
        try:
            approve(row, request.user)
        except NotApproved as error:
            for each in refusal_words(error):
                messages.error(request, format_html("“{}” was not approved. {}", str(row)[:60], each))
            return False
        return True

    @admin.action(description="Approve", permissions=["change"])
    def approve_selected(self, request: HttpRequest, answers: QuerySet[CachedAnswer]) -> None:
        """Each that has questions of its own."""
        done = sum(self._approve(request, row) for row in answers.prefetch_related("audiences"))
        if done:
            messages.success(request, f"Approved and served from now on: {done}.")

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off_selected(self, request: HttpRequest, answers: QuerySet[CachedAnswer]) -> None:
        """They are not served any more."""
        done = switch_off(CachedAnswer.objects.filter(pk__in=answers.values("pk")))
        messages.success(request, f"Switched off: {done}.")

    @display(description="Question and answer", ordering="first_question")
    def asked_and_said(self, row: Any) -> SafeString:
        """The first question, and the answer's beginning."""
        said = row.text if len(row.text) <= 110 else f"{row.text[:109]}…"
        return format_html(
            '<span class="cached-cell">{}<small>{}</small></span>', row.first_question or "(no question)", said
        )

    @display(description="State", label=LOOKS, ordering="state")
    def status(self, row: CachedAnswer) -> str:
        """In its colour."""
        return str(row.get_state_display())

    @display(description="Hits, 30 days")
    def hits(self, row: Any) -> str:
        """How often it was given."""
        return f"{row.figures.served:,}"

    @display(description="Judged wrong")
    def wrong_hits(self, row: Any) -> str:
        """Of those, as far as they were judged."""
        rate = row.figures.rate
        return f"{rate.wrong:,} of {rate.judged:,} judged" if rate.judged else "–"

    @display(description="State")
    def standing(self, row: CachedAnswer) -> SafeString:
        """What it is, who approved it and when, and why it must be reviewed."""
        return mark_safe(render_to_string("admin/routing/cachedanswer/standing.html", {"row": row}))  # noqa: S308

    @display(description="As the visitor reads it")
    def preview(self, row: CachedAnswer) -> SafeString:
        """Follows what is typed."""
        return preview_box(row.text)

    @display(description="Questions")
    def questions_text(self, row: CachedAnswer) -> str:
        """For those who may only look."""
        return questions_of(row)

    @display(description="Sources")
    def sources_text(self, row: CachedAnswer) -> str:
        """The same."""
        return sources_of(row)

    @display(description="Drawn from article")
    def article(self, row: CachedAnswer) -> str:
        """The same."""
        found = article(row.article_id)
        return found.title if found else ""

    @action(description="Try a question", icon="search", permissions=["view"])
    def try_question(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the page."""
        return redirect("admin:routing_cachedanswer_question")

    @action(description="Import", icon="upload_file", permissions=["add"])
    def import_answers(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the page."""
        return redirect("admin:routing_cachedanswer_sheet")

    @action(description="Matches and verdicts", icon="fact_check", permissions=["view"])
    def see_matches(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the list."""
        return redirect("admin:routing_cachematch_changelist")

    @action(description="Policy", icon="tune", permissions=["view"])
    def see_policy(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the row."""
        return redirect("admin:routing_cachepolicy_changelist")

    def get_urls(self) -> list[URLPattern]:
        """With trying, importing and the preview."""

        def page(address: str, view: Any, name: str) -> URLPattern:
            def bound(request: HttpRequest) -> HttpResponse:
                found: HttpResponse = view(self, request)
                return found

            made: URLPattern = path(address, self.admin_site.admin_view(bound), name=f"routing_cachedanswer_{name}")
            return made

        return [
            page("question/", trying.page, "question"),
            page("question/verdict/", trying.verdict, "question_verdict"),
            page("sheet/", importing.page, "sheet"),
            page("sheet/template/", importing.template_file, "sheet_template"),
            page("preview/", preview_view, "preview"),
            *super().get_urls(),
        ]
