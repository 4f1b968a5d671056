"""The form of a cached answer: its questions and sources are typed one a line, its article is chosen."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget

from routing.cached.articles import ArticleLine, article, articles
from routing.cached.conflicts import Conflict, Scope, conflicts
from routing.cached.importing import LONGEST_QUESTION, MOST_QUESTIONS
from routing.cached.normalise import normalised
from routing.cached.reviewing import NotApproved
from routing.cached.sheet_values import language, sources
from routing.models import CachedAnswer

APPROVE, SWITCH_OFF = "routing_cachedanswer_approve_now", "routing_cachedanswer_off_now"  # the buttons' names


class CachedAnswerForm(forms.ModelForm):  # type: ignore[type-arg] # generic only to the stubs
    """`questions` after cleaning: normal form → as typed; `links`: the sources."""

    questions_text = forms.CharField(
        label="Questions",
        strip=True,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 7, "class": "cached-lines"}),
        help_text="Questions that ask for this answer, one a line; paste as many as you like. Three to five different ways to ask make it found best.",  # noqa: E501
    )
    sources_text = forms.CharField(
        label="Sources",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "class": "cached-lines"}),
        help_text="Links below the answer, one a line: title | https://…",
    )
    article = forms.ChoiceField(
        label="Drawn from article",
        required=False,
        widget=UnfoldAdminSelect2Widget,
        help_text="When this article is changed or deleted, the answer is held back until somebody has reviewed it.",
    )

    class Meta:
        model = CachedAnswer
        fields = ("text", "site", "language", "audiences", "valid_from", "valid_until", "lifetime_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if "article" in self.fields:
            self.fields["article"].choices = _choices(row)  # type: ignore[attr-defined]
            self.fields["article"].initial = row.article_id or ""
        if row.pk and "questions_text" in self.fields:
            self.fields["questions_text"].initial = questions_of(row)
            self.fields["sources_text"].initial = sources_of(row)

    def clean_questions_text(self) -> str:
        """Each has words, is not too long, and stands there once."""
        text: str = self.cleaned_data["questions_text"]
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        self.questions: dict[str, str] = {}
        for line in lines:
            if not (plain := normalised(line)):
                raise ValidationError(f"“{line[:60]}” has no words that could be asked for.")
            if len(line) > LONGEST_QUESTION:
                raise ValidationError(f"“{line[:60]}…” is longer than {LONGEST_QUESTION:,} characters.")
            self.questions.setdefault(plain, line)
        if len(self.questions) > MOST_QUESTIONS:
            raise ValidationError(f"At most {MOST_QUESTIONS} questions; these are {len(self.questions)}.")
        return text

    def clean_sources_text(self) -> str:
        """Each has an address."""
        faults: list[str] = []
        self.links = sources(self.cleaned_data["sources_text"], faults)
        if faults:
            raise ValidationError(faults)
        return str(self.cleaned_data["sources_text"])

    def clean_language(self) -> str:
        """Two or three letters."""
        faults: list[str] = []
        code = language(self.cleaned_data["language"], faults)
        if faults:
            raise ValidationError(faults)
        return code

    def clean(self) -> dict[str, Any]:
        """The validity makes sense, and no other answer has one of the questions where both could be served."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = found.get("valid_from"), found.get("valid_until")
        if start and end and start >= end:
            self.add_error("valid_until", "It must be later than “valid from”.")
        stays_off = self.instance.state == CachedAnswer.State.OFF and APPROVE not in self.data
        if hasattr(self, "questions") and not stays_off and SWITCH_OFF not in self.data:
            self._require_no_conflict(found)
        return found

    def _require_no_conflict(self, found: dict[str, Any]) -> None:
        site, audiences = found.get("site"), found.get("audiences") or ()
        scope = Scope(
            site.pk if site else None,
            found.get("language", ""),
            frozenset(tier.pk for tier in audiences),
            found.get("valid_from"),
            found.get("valid_until"),
        )
        if others := conflicts(self.questions, scope, but=self.instance.pk):
            self.add_error("questions_text", ValidationError([conflict_words(other) for other in others[:5]]))


def conflict_words(conflict: Conflict) -> SafeString:
    """Names and links the other answer."""
    return format_html(
        "“{}” is a question of another answer for the same visitors already: "
        '<a class="parley-link" href="{}" target="_blank">{}</a>. Take it out here or there, or make their sites, '
        "languages, audiences or times differ.",
        conflict.question,
        reverse("admin:routing_cachedanswer_change", args=[conflict.answer_id]),
        conflict.answer[:80],
    )


def refusal_words(error: NotApproved) -> list[SafeString]:
    """Why it was not approved, with links to the answers that are in the way."""
    return [conflict_words(each) for each in error.conflicts[:3]] or [format_html("{}", str(error))]


def questions_of(row: CachedAnswer) -> str:
    """One a line."""
    return "\n".join(row.questions.values_list("text", flat=True))


def sources_of(row: CachedAnswer) -> str:
    """One a line."""
    return "\n".join(f"{source.get('title', '')} | {source.get('url', '')}" for source in row.sources)


def _choices(row: CachedAnswer) -> list[tuple[Any, str]]:
    offered = articles()
    if row.article_id and row.article_id not in {line.id for line in offered}:
        chosen = article(row.article_id)
        offered.append(chosen or ArticleLine(row.article_id, "(an article that was deleted)", 0, "", ""))
    several = len({line.site_id for line in offered}) > 1
    named = [(line.id, f"{line.title} · {line.site}" if several else line.title) for line in offered]
    return [("", "No article"), *named]
