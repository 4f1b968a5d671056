"""The address that a turn in the transcript asks for its waterfall, once it is unfolded."""

from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from conversations.admin.waterfall import waterfall
from conversations.models import Turn

VIEW = "conversations.view_conversation"
TEMPLATE = "admin/conversations/conversation/waterfall.html"


@never_cache
@require_GET
def steps(request: HttpRequest, conversation_id: UUID, turn_id: int) -> HttpResponse:
    """A fragment: the waterfall, and the prompt for those who may read logs."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    turn = get_object_or_404(Turn.objects.select_related("model"), pk=turn_id, conversation=conversation_id)
    return TemplateResponse(request, TEMPLATE, {"fall": waterfall(turn), "days": settings.TRACE_DAYS})
