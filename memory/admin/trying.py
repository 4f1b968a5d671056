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
from memory.embedding import embedder
from memory.models import UserMemory
from memory.recall import Recalled, RecalledMemory, RecalledMessage, prompt_section, recall
from memory.recall.packing import cost_of
from memory.recall.search import QUESTION_LIMIT
from memory.recall.weights import DEFAULT
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


@in_staff_scope
def page(request: HttpRequest) -> HttpResponse:
    """The form; with a contact and a question, what is recalled."""
    need(request, VIEW)
    asked = _asked(request)
    form = RecallForm(asked) if asked["q"] else RecallForm(initial=asked)
    context = {
        **admin.site.each_context(request),
        "title": "What would be recalled?",
        "opts": UserMemory._meta,  # noqa: SLF001 - what Django's own admin templates ask for
        "form": form,
        "weights": DEFAULT,
    }
    if form.is_bound and form.is_valid():
        context |= _tried(request, form.cleaned_data["contact"], form.cleaned_data["q"])
    return TemplateResponse(request, "admin/memory/usermemory/recall.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    """As given; what is no contact's id is nobody: the widget would ask the database for it as it is."""
    contact = request.GET.get("contact", "")
    try:
        UUID(contact)
    except ValueError:
        contact = ""
    return {"contact": contact, "q": request.GET.get("q", "")}


def _tried(request: HttpRequest, contact: Contact, question: str) -> dict[str, Any]:
    began = time.perf_counter()
    vector = embedder().embed([question])[0]
    embedding = (time.perf_counter() - began) * 1000
    found: Recalled = async_to_sync(recall)(contact.pk, question, vector, site_id=contact.site_id)
    return {
        "contact": contact,
        "found": found,
        "embedding_ms": embedding,
        "memories": _memories(contact, found.memories),
        "messages_found": [_message(request, each) for each in found.messages],
        "section": prompt_section(found),
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
