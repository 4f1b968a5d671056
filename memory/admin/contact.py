"""Everything that is known of one contact, on one page: look, switch, export, erase. People, below us, gets a link."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST
from unfold.decorators import action

from memory.admin.columns import standing
from memory.admin.scoping import CHANGE_MEMORY, DELETE, VIEW, contact_or_404, in_staff_scope, log, need
from memory.models import ConversationCursor, Ignored, MemoryPreference, RememberedMessage, UserMemory
from memory.remember import exporting, rights
from memory.remember.erasing import NotErasedEverywhere, erase
from people.admin import ContactAdmin
from people.models import Contact

MEMORIES, IGNORED = 200, 100  # shown on the page
TEMPLATES = "admin/memory/contact"


@require_GET
@in_staff_scope
def page(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """All memories, what was ignored and why, and whether the contact is remembered."""
    need(request, VIEW)
    contact = contact_or_404(contact_id)
    own = UserMemory.objects.filter(contact=contact).defer("embedding", "searchable")
    rows = [(row, standing(row)) for row in own.order_by("-id")[:MEMORIES]]
    context = {
        "rows": sorted(rows, key=lambda each: each[0].superseded_at is not None),
        "counts": counts(contact),
        "preference": MemoryPreference.objects.filter(contact=contact).first(),
        "remembers": rights.remembers(contact.pk),
        "ignored": _ignored(request, contact),
        "most": MEMORIES,
    }
    return TemplateResponse(request, f"{TEMPLATES}/page.html", _context(request, contact, str(contact)) | context)


@require_POST
def switch(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Remember the contact, or not any more."""
    need(request, VIEW, CHANGE_MEMORY)
    contact, on = contact_or_404(contact_id), request.POST.get("on") == "yes"
    rights.switch(contact.pk, on=on)
    log(request, contact, "Memory was switched on." if on else "Memory was switched off.")
    if on:
        messages.success(request, "Remembered from now on, as far as the site's policy allows it.")
    else:
        messages.success(
            request, "Nothing is recalled, and nothing new is kept. What is known stays until it is erased."
        )
    return redirect("admin:memory_contact", contact.pk)


@require_POST
def export(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Everything that is kept of the contact as a file. It leaves the platform: the history says who took it."""
    need(request, VIEW, CHANGE_MEMORY)
    contact = contact_or_404(contact_id)
    found = exporting.export(contact.pk)
    log(request, contact, "Exported what is remembered.")
    name = f"memory-{slugify(str(contact))[:40] or 'contact'}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return JsonResponse(found, headers=headers, json_dumps_params={"ensure_ascii": False, "indent": 2})


def erasing(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Ask, saying what goes; posted, erase it all. Outside a scope: `erase` tells other apps after its commit."""
    need(request, VIEW, DELETE)
    contact = contact_or_404(contact_id)
    if request.method == "POST":
        _erase(request, contact)
        return redirect("admin:memory_contact", contact.pk)
    return _ask(request, contact)


PAGES: tuple[tuple[str, Any, str], ...] = (
    ("", page, ""),
    ("switch/", switch, "_switch"),
    ("export/", export, "_export"),
    ("erase/", erasing, "_erase"),
)


def counts(contact: Contact) -> dict[str, int]:
    """How much is kept of the contact, inside a staff scope."""
    own = {"contact": contact}
    memories = UserMemory.objects.filter(**own).aggregate(
        holding=Count("pk", filter=Q(superseded_at=None)), superseded=Count("pk", filter=Q(superseded_at__isnull=False))
    )
    return {
        **memories,
        "messages": RememberedMessage.objects.filter(**own).count(),
        "ignored": Ignored.objects.filter(**own).count(),
        "conversations": ConversationCursor.objects.filter(**own).count(),
        "waiting": ConversationCursor.objects.filter(**own, due_at__isnull=False).count(),
    }


def _erase(request: HttpRequest, contact: Contact) -> None:
    log(request, contact, "Erased everything that was remembered.")
    try:
        gone = erase(contact.pk)
    except NotErasedEverywhere as error:
        messages.error(request, str(error))
        return
    what = ", ".join(f"{count:,} {name}" for name, count in gone.items() if count) or "there was nothing"
    messages.success(request, f"Erased: {what}.")


@in_staff_scope
def _ask(request: HttpRequest, contact: Contact) -> HttpResponse:
    context = _context(request, contact, f"Erase what is known of {contact}?") | {"counts": counts(contact)}
    return TemplateResponse(request, f"{TEMPLATES}/erase.html", context)


def _ignored(request: HttpRequest, contact: Contact) -> list[Ignored] | None:
    """The newest; None for who may not see them."""
    if not request.user.has_perm("memory.view_ignored"):
        return None
    return list(Ignored.objects.filter(contact=contact).order_by("-id")[:IGNORED])


def _context(request: HttpRequest, contact: Contact, title: str) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "opts": UserMemory._meta,  # noqa: SLF001 - what Django's own admin templates ask for
        "contact": contact,
    }


@action(description="Memory", icon="psychology", url_path="memory", permissions=["memory"])
def see_memory(_self: ContactAdmin, _request: HttpRequest, object_id: str) -> HttpResponse:
    """Lead from the contact's own page to this one."""
    return HttpResponseRedirect(reverse("admin:memory_contact", args=[object_id]))


def _may_see(_self: ContactAdmin, request: HttpRequest, _object_id: str | None = None) -> bool:
    """A method, as unfold's check of permissions named in full asks the database, which may not be there yet."""
    return request.user.has_perm(VIEW)


_contacts: Any = ContactAdmin  # people must not know of memory; who derives from it has the button, too
_contacts.see_memory, _contacts.has_memory_permission = see_memory, _may_see
_contacts.actions_detail = (*ContactAdmin.actions_detail, "see_memory")
