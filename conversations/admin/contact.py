"""Contacts with how many conversations each has had; people, which owns their page, does not know of them."""

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
