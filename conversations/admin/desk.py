"""The transcript's page and what an agent does on it: take over, answer, hand back."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conversations import care
from conversations.admin.looks import transcript_url
from conversations.admin.transcript import Transcript, transcript, version
from conversations.errors import Refused
from conversations.models import Conversation, Escalation

VIEW, SERVE = "conversations.view_conversation", "conversations.change_escalation"
TEMPLATES = "admin/conversations/conversation"
View = Callable[..., HttpResponse]


def _needs(*permissions: str) -> Callable[[View], View]:
    """Refuse those who lack one of the permissions, with a 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perms(permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return decorate


def page(
    request: HttpRequest,
    conversation: Conversation,
    *,
    may_delete: bool = False,
    draft: str = "",
    status: int = 200,
) -> HttpResponse:
    """The whole page. `draft` is a reply that was refused. The caller has checked the permission to look."""
    before = request.GET.get("before", "")
    shown = transcript(conversation, before=int(before) if before.isdecimal() and len(before) < 19 else None)
    context = {
        **admin.site.each_context(request),
        "title": str(conversation),
        "opts": Conversation._meta,  # noqa: SLF001 - what Django's own admin templates ask for
        "original": conversation,
        "draft": draft,
        "client_id": request.POST.get("client_id") or uuid4(),
        "may_delete": may_delete,
        "older": bool(before),
        "is_fullwidth": True,
        "version": version(conversation.pk),
        **_situation(request, shown),
    }
    return TemplateResponse(request, f"{TEMPLATES}/transcript.html", context, status=status)


def _situation(request: HttpRequest, shown: Transcript) -> dict[str, object]:
    """What the templates need to show the transcript, and to know what this person may do."""
    user = request.user
    assert isinstance(user, AbstractUser)  # admin_view lets nobody else in
    may_serve = user.has_perm(SERVE)
    return {
        "shown": shown,
        "conversation": shown.conversation,
        "may_serve": may_serve,
        "mine": shown.answered_by(user),
        "may_reply": may_serve and shown.escalation is not None,
    }


@never_cache
@require_GET
@_needs(VIEW)
def live(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The changing parts of the page as a fragment; 304 while they are as the client's ETag says."""
    tag = f'"{version(conversation_id)}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    conversation = get_object_or_404(Conversation.objects.select_related("site", "contact"), pk=conversation_id)
    context = _situation(request, transcript(conversation))
    return TemplateResponse(request, f"{TEMPLATES}/live.html", context, headers={"ETag": tag})


@require_POST
@_needs(VIEW, SERVE)
def reply(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Say something as the agent. JSON for the page's script, a page without it; the text is never lost."""
    text, user = request.POST.get("text", ""), request.user
    wants_json = "application/json" in request.headers.get("Accept", "")
    conversation = get_object_or_404(Conversation.objects.select_related("site", "contact"), pk=conversation_id)
    try:
        message = care.reply_as_agent(conversation_id, _id(user), text, _client_id(request))
    except Refused as refused:
        if wants_json:
            return JsonResponse({"message": refused.message}, status=refused.status)
        messages.error(request, refused.message)
        return page(request, conversation, draft=text, status=refused.status)
    return (
        JsonResponse({"message_id": message.pk, "next_id": str(uuid4())})
        if wants_json
        else HttpResponseRedirect(transcript_url(conversation_id))
    )


@require_POST
@_needs(VIEW, SERVE)
def take(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Answer in place of the bot: claim the open escalation, or open one and claim it."""
    get_object_or_404(Conversation, pk=conversation_id)
    try:
        found = _open_escalation(conversation_id) or care.open_escalation(conversation_id, "An agent took over.")
        if not care.take_escalation(found.pk, _id(request.user)):
            messages.warning(request, "Somebody else was faster and has this conversation.")
    except Refused as refused:
        messages.error(request, refused.message)
    return HttpResponseRedirect(transcript_url(conversation_id))


@require_POST
@_needs(VIEW, SERVE)
def hand_back(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Close the open escalation: the bot answers the next message."""
    found = _open_escalation(conversation_id)
    try:
        if found is None or not care.close_escalation(found.pk, _id(request.user)):
            messages.info(request, "The bot answers here already.")
        else:
            messages.success(request, "Handed back: the bot answers the next message.")
    except Refused as refused:
        messages.error(request, refused.message)
    return HttpResponseRedirect(transcript_url(conversation_id))


def _open_escalation(conversation_id: UUID) -> Escalation | None:
    return Escalation.objects.filter(conversation=conversation_id, closed_at=None).first()


def _id(user: object) -> int:
    if not isinstance(user, AbstractUser):
        raise Http404
    return int(user.pk)


def _client_id(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("client_id", ""))
    except ValueError:
        return None
