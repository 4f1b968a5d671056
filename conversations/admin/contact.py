"""Contacts with how many conversations each has had; people, which owns their page, does not know of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from conversations.models import Conversation
from memory.models import Ignored, RememberedMessage, UserMemory
from memory.scope import staff_scope
from people.admin import ContactAdmin
from people.models import Contact

admin.site.unregister(Contact)


@admin.register(Contact)
class TalkingContactAdmin(ContactAdmin):
    """A contact with a link to what they wrote."""

    list_display = (*ContactAdmin.list_display[:-2], "conversation_count", *ContactAdmin.list_display[-2:])
    readonly_fields = (*ContactAdmin.readonly_fields, "conversation_count")
    fields = (*ContactAdmin.fields, "conversation_count")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """With the number of conversations."""
        mine = Conversation.objects.filter(contact=OuterRef("pk")).order_by().values("contact")
        counted = Subquery(mine.annotate(n=Count("pk")).values("n"))
        contacts: QuerySet[Contact] = super().get_queryset(request)
        return contacts.annotate(talks=Coalesce(counted, 0))

    def get_deleted_objects(
        self, objs: Iterable[Contact], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """With what goes by the database's own cascade: Django cannot see what is remembered of contacts."""
        contacts = list(objs)
        found, counts, missing, protected = super().get_deleted_objects(contacts, request)
        return found, counts | _remembered(contacts), missing, protected

    @display(description="Conversations", ordering="talks")
    def conversation_count(self, contact: Any) -> SafeString | str:
        """The number, leading to them."""
        if not contact.talks:
            return "none"
        address = reverse("admin:conversations_conversation_changelist")
        return format_html(
            '<a class="parley-link" href="{}?contact__id__exact={}">{}</a>',
            address,
            contact.pk,
            contact.talks,
        )


def _remembered(contacts: Sequence[Contact]) -> dict[str, int]:
    """How many rows of each kind of memory, without those that there are none of."""
    with staff_scope():
        counted = {
            "memories": UserMemory.objects.filter(contact__in=contacts).count(),
            "copies of messages": RememberedMessage.objects.filter(contact__in=contacts).count(),
            "ignored remarks": Ignored.objects.filter(contact__in=contacts).count(),
        }
    return {name: count for name, count in counted.items() if count}
