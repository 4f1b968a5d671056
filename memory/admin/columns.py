"""How memories are shown in a row of a list."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from memory.models import UserMemory

Origin = UserMemory.Origin
ORIGINS = {Origin.MODEL: "model", Origin.PATTERNS: "patterns", Origin.CONTACT: "contact", Origin.STAFF: "staff"}
LOOKS = {"model": "info", "patterns": "default", "contact": "success", "staff": "success"}
DAY = '<span class="memory-day">{}</span>'
HOLDS, SUPERSEDED, ENDED = "holds", "superseded", "over"


def standing(row: UserMemory) -> str:
    """Whether it is recalled, in a word."""
    if row.superseded_at is not None:
        return SUPERSEDED
    return ENDED if row.holds_until is not None and row.holds_until <= timezone.now() else HOLDS


class MemoryColumns:
    """For the ModelAdmin."""

    @display(description="Memory", ordering="text")
    def what(self, row: UserMemory) -> SafeString:
        """Its text, and what it is about."""
        markup = '<span class="memory-cell"><bdi>{}</bdi><small>{}</small></span>'
        return format_html(markup, row.text, row.subject)

    @display(description="Contact", ordering="contact__name")
    def who(self, row: UserMemory) -> SafeString:
        """Leading to all that is known of them."""
        address = reverse("admin:memory_contact", args=[row.contact_id])
        markup = '<span class="memory-cell narrow"><a class="parley-link" href="{}">{}</a><small>{}</small></span>'
        return format_html(markup, address, row.contact, row.contact.site)

    @admin.display(description="Said", ordering="said_at")
    def said(self, row: UserMemory) -> SafeString:
        """The day."""
        return format_html(DAY, f"{row.said_at:%Y-%m-%d}")

    @admin.display(description="Holds until", ordering="holds_until")
    def until(self, row: UserMemory) -> SafeString | str:
        """The day, if there is one."""
        return format_html(DAY, f"{row.holds_until:%Y-%m-%d}") if row.holds_until else ""

    @admin.display(description="Sure", ordering="confidence")
    def sure(self, row: UserMemory) -> str:
        """Of whoever extracted it."""
        return f"{row.confidence:.2f}"

    @display(description="Origin", ordering="origin", label=LOOKS)
    def origin_label(self, row: UserMemory) -> str:
        """Who wrote it."""
        return ORIGINS[Origin(row.origin)]

    @admin.display(description="Recalled", ordering="recalled")
    def times(self, row: UserMemory) -> str:
        """How often."""
        return f"{row.recalled:,} ×" if row.recalled else "never"

    @display(description="State", label={HOLDS: "success", SUPERSEDED: "default", ENDED: "warning"})
    def standing(self, row: UserMemory) -> str:
        """See `standing`."""
        return standing(row)
