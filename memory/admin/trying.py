"""What would be recalled for a question: with the scores, and as a model would read it. Nothing is counted by it."""

import time
from dataclasses import dataclass
from math import exp
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from memory.admin.history import transcript_link
from memory.admin.scoping import VIEW, in_staff_scope, need
from memory.models import UserMemory
from memory.recall import Recalled, RecalledMemory, RecalledMessage, prompt_section, recall
from memory.recall.packing import cost_of
from memory.recall.search import QUESTION_LIMIT
from memory.recall.weights import DEFAULT
from memory.switching import ask
from people.models import Contact


class RecallForm(forms.Form):
    """Whom, and what they would ask."""

    contact = forms.ModelChoiceField(
        Contact.objects.all(),
        widget=AutocompleteSelect(
            UserMemory._meta.get_field("contact"),  # noqa: SLF001 - the admin asks for the field
            admin.site,
            attrs={"class": "unfold-admin-autocomplete admin-autocomplete"},
        ),
    )
    q = forms.CharField(label="Question", max_length=QUESTION_LIMIT, widget=forms.TextInput(attrs={"type": "search"}))


@dataclass(frozen=True)
class Tried:
    """What is recalled of the contact; `embedding_ms`: how long the question's vectors took."""

    contact: Contact
    found: Recalled
    embedding_ms: float


@dataclass(frozen=True)
class Scored:
    """A recalled entry with the parts of its score; `rest` is what is not among them."""

    found: RecalledMemory | RecalledMessage
    tokens: int
    words: float
    meaning: float
    importance: float = 0.0
    recency: float = 0.0
    usefulness: float = 0.0
    link: str = ""

    @property
    def rest(self) -> float:
        """For a message: its length, who said it, and whether it asks."""
        return self.found.score - self.words - self.meaning - self.importance - self.recency - self.usefulness


def page(request: HttpRequest) -> HttpResponse:
    """The form; with a contact and a question, what is recalled.

    The question is embedded and asked for before the page's own transaction: whoever is slow there holds none.
    """
    need(request, VIEW)
    asked = _asked(request)
    form = RecallForm(asked) if asked["q"] else RecallForm(initial=asked)
    tried = _tried(form.cleaned_data["contact"], form.cleaned_data["q"]) if form.is_bound and form.is_valid() else None
    return _shown(request, form, tried)


@in_staff_scope
def _shown(request: HttpRequest, form: RecallForm, tried: Tried | None) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "What would be recalled?",
        "opts": UserMemory._meta,  # noqa: SLF001 - what Django's own admin templates ask for
        "form": form,
        "weights": DEFAULT,
        **(_found(request, tried) if tried else {}),
    }
    return TemplateResponse(request, "admin/memory/usermemory/recall.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    """As given; what is no contact's id is nobody: the widget would ask the database for it as it is."""
    contact = request.GET.get("contact", "")
    try:
        UUID(contact)
    except ValueError:
        contact = ""
    return {"contact": contact, "q": request.GET.get("q", "")}


def _tried(contact: Contact, question: str) -> Tried:
    """Holds no transaction."""
    began = time.perf_counter()
    asked = async_to_sync(ask)(question)
    embedding = (time.perf_counter() - began) * 1000
    return Tried(contact, async_to_sync(recall)(contact.pk, question, asked, site_id=contact.site_id), embedding)


def _found(request: HttpRequest, tried: Tried) -> dict[str, Any]:
    return {
        "contact": tried.contact,
        "found": tried.found,
        "embedding_ms": tried.embedding_ms,
        "memories": _memories(tried.contact, tried.found.memories),
        "messages_found": [_message(request, each) for each in tried.found.messages],
        "section": prompt_section(tried.found),
    }


def _memories(contact: Contact, found: list[RecalledMemory]) -> list[Scored]:
    """As memories.sql adds it up."""
    rows = UserMemory.objects.filter(contact=contact).only("importance", "useful", "recalled", "said_at")
    stored = rows.in_bulk([each.id for each in found])
    return [_memory(each, stored.get(each.id)) for each in found]


def _memory(found: RecalledMemory, row: UserMemory | None) -> Scored:
    if row is None:  # gone meanwhile
        return Scored(found, cost_of(found), *_common(found))
    age = max((timezone.now() - row.said_at).total_seconds(), 0)
    return Scored(
        found,
        cost_of(found),
        *_common(found),
        importance=DEFAULT.importance * row.importance,
        recency=DEFAULT.recency * exp(-age / DEFAULT.recency_seconds),
        usefulness=DEFAULT.usefulness * (row.useful + 1) / (row.recalled + 4),
    )


def _message(request: HttpRequest, found: RecalledMessage) -> Scored:
    link = transcript_link(request.user, found.conversation, found.message)
    return Scored(found, cost_of(found), *_common(found), link=link)


def _common(found: RecalledMemory | RecalledMessage) -> tuple[float, float]:
    cosine = DEFAULT.unknown if found.cosine is None else found.cosine
    return DEFAULT.lexical * found.lexical, DEFAULT.meaning * cosine
