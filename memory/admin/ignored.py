"""What was said and not remembered, and why: to look at."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import display

from memory.admin.scoping import StaffScopeMixin
from memory.models import Ignored
from parley.lists import GrowingListMixin, ReadOnlyMixin


@admin.register(Ignored)
class IgnoredAdmin(StaffScopeMixin, GrowingListMixin, ReadOnlyMixin, ModelAdmin):
    """The newest first; it goes by itself after some weeks."""

    list_display = ("what", "reason", "who", "when")
    list_display_links = None
    list_select_related = ("contact__site",)
    list_filter = (("contact", AutocompleteSelectFilter), ("created_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_fullwidth = True
    search_fields = ("reason", "text")

    class Media:
        css = {"all": ("memory/memories.css",)}

    @display(description="What was said", ordering="text")
    def what(self, row: Ignored) -> SafeString:
        """The text; secrets are masked in it."""
        return format_html('<span class="memory-cell"><bdi>{}</bdi></span>', row.text)

    @display(description="When", ordering="id")
    def when(self, row: Ignored) -> str:
        """The moment (UTC)."""
        return f"{row.created_at:%Y-%m-%d %H:%M}"

    @display(description="Contact", ordering="contact__name")
    def who(self, row: Ignored) -> SafeString | str:
        """Leading to all that is known of them."""
        address = reverse("admin:memory_contact", args=[row.contact_id])
        return format_html('<a class="parley-link" href="{}">{}</a>', address, row.contact)
