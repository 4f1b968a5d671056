"""Make one memory of two that say the same."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from memory.admin.scoping import CHANGE_MEMORY, VIEW, in_staff_scope, log, need
from memory.models import UserMemory
from memory.models.remembered import TEXT_LIMIT
from memory.remember import rights
from memory.remember.likeness import overlap

MOST = 200  # others that are offered


@in_staff_scope
def page(request: HttpRequest, memory_id: int) -> HttpResponse:
    """The memory beside the contact's others, those that are alike first; posted, the chosen two are merged."""
    need(request, VIEW, CHANGE_MEMORY)
    keep = UserMemory.objects.select_related("contact__site").filter(pk=memory_id, superseded_at=None).first()
    if keep is None:
        messages.error(request, "This memory is gone, or was superseded. Choose one that holds.")
        return HttpResponseRedirect(reverse("admin:memory_usermemory_changelist"))
    if request.method == "POST" and (merged := _merged(request, keep)):
        return HttpResponseRedirect(reverse("admin:memory_usermemory_change", args=[merged.pk]))
    return TemplateResponse(request, "admin/memory/usermemory/merge.html", _context(request, keep))


def _merged(request: HttpRequest, keep: UserMemory) -> UserMemory | None:
    """Merge; None, with a message, when that is not possible."""
    other = _number(request.POST.get("other"))
    try:
        new = rights.merge_two(keep.contact_id, keep.pk, other, request.POST.get("text", ""))
    except rights.NotPossible as error:
        messages.error(request, str(error) if other else "Choose the memory to merge it with.")
        return None
    log(request, keep.contact, f"Merged memories {keep.pk} and {other} into {new.pk}.")
    messages.success(request, "Merged. Both are kept as earlier versions, and recalled no more.")
    return new


def _context(request: HttpRequest, keep: UserMemory) -> dict[str, Any]:
    own = UserMemory.objects.filter(contact_id=keep.contact_id, superseded_at=None).exclude(pk=keep.pk)
    others = list(own.defer("embedding", "searchable").order_by("-id")[:MOST])
    others.sort(key=lambda each: -overlap(each.text, keep.text))
    return {
        **admin.site.each_context(request),
        "title": "Merge two memories",
        "opts": UserMemory._meta,  # noqa: SLF001 - what Django's own admin templates ask for
        "original": keep,
        "keep": keep,
        "others": others,
        "chosen": _number(request.POST.get("other") or request.GET.get("other")),
        "text": request.POST.get("text", keep.text),
        "limit": TEXT_LIMIT,
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0
