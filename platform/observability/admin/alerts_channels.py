"""Alert channels in the admin: whom alerts are told, whether that works, and a test."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget

from observability.alerts import delivering
from observability.models import AlertChannel, AlertDelivery
from parley.lists import ReadOnlyMixin
from parley.pools import resources

SHOWN = 20  # messages on a channel's page
LEAST_SECRET, MOST_SECRET = 16, 200
MOST_ADDRESSES = 50


class AlertChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A channel. The stored secret is never part of the page; a new one replaces it."""

    new_secret = forms.CharField(
        required=False,
        max_length=MOST_SECRET,
        label="Secret",
        help_text="Webhooks are signed with it, and the receiver needs it, too. `openssl rand -hex 32` makes one. Kept "
        "encrypted and never shown again. Empty: no change.",
    )

    class Meta:
        model = AlertChannel
        fields = ("name", "kind", "enabled", "addresses", "url", "tell_resolved")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "new_secret" in self.fields:  # those who may only look have no fields
            attributes = {"autocomplete": "new-password", "placeholder": secret_state(self.instance)}
            self.fields["new_secret"].widget = UnfoldAdminPasswordWidget(attributes)
        if "addresses" in self.fields:
            self.fields["addresses"].widget = UnfoldAdminTextareaWidget({"rows": 3})

    def clean_url(self) -> str:
        """An address that a POST can go to."""
        url = str(self.cleaned_data["url"]).strip()
        if url:
            check_url(url)
        return url

    def clean_addresses(self) -> str:
        """One address on each line."""
        lines = [line.strip() for line in str(self.cleaned_data["addresses"]).splitlines() if line.strip()]
        if bad := [line[:60] for line in lines if not _is_address(line)]:
            raise forms.ValidationError(
                f"Not an address: {', '.join(bad)}. Write one on each line, like olga@example.com."
            )
        if len(lines) > MOST_ADDRESSES:
            raise forms.ValidationError(f"At most {MOST_ADDRESSES}. Use a mailing list.")
        return "\n".join(lines)

    def clean_new_secret(self) -> str:
        """Long enough that nobody guesses it."""
        secret = str(self.cleaned_data["new_secret"])
        if secret and len(secret) < LEAST_SECRET:
            raise forms.ValidationError(f"Too short to sign with: {LEAST_SECRET} characters at least.")
        return secret

    def clean(self) -> dict[str, Any]:
        """Each kind needs its own; a secret does not follow to another address."""
        cleaned = super().clean() or self.cleaned_data
        row: AlertChannel = self.instance
        if (
            cleaned.get("kind") == AlertChannel.Kind.EMAIL
            and not cleaned.get("addresses")
            and "addresses" not in self.errors
        ):
            self.add_error("addresses", "Who gets the e-mail?")
        if cleaned.get("kind") == AlertChannel.Kind.WEBHOOK:
            if not cleaned.get("url") and "url" not in self.errors:
                self.add_error("url", "Where do messages go?")
            moved = row.pk and "url" in cleaned and _host(cleaned["url"]) != _host(row.url or cleaned["url"])
            if not cleaned.get("new_secret") and "new_secret" not in self.errors:
                if not row.encrypted_secret:
                    self.add_error("new_secret", "A webhook is signed: enter a secret that its receiver knows.")
                elif moved:
                    self.add_error("new_secret", "The address changes: enter the secret of the new receiver.")
        return cleaned

    def save(self, commit: bool = True) -> AlertChannel:
        """With the new secret."""
        row: AlertChannel = self.instance
        if self.cleaned_data.get("new_secret"):
            row.secret = self.cleaned_data["new_secret"]
        saved: AlertChannel = super().save(commit)
        return saved


def secret_state(row: AlertChannel) -> str:
    """Whether a secret is there, in words that give nothing of it away."""
    if not row.encrypted_secret:
        return "none"
    return "stored" if row.secret else "stored, but unreadable since SECRET_KEY changed: enter it again"


def check_url(url: str) -> None:
    """Raise ValidationError when no receiver can be there. Private addresses are allowed: see the webhook's module."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        raise ValidationError("Write an address that begins with https:// or http://, like https://example.com/hook")
    if parts.username or parts.password or parts.fragment:
        raise ValidationError("Take the user, the password and what follows # out of the address.")


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


@admin.register(AlertChannel)
class AlertChannelAdmin(ModelAdmin):
    """Whom alerts are told."""

    form = AlertChannelForm
    list_display = ("name", "kind", "target", "enabled", "state")
    nothing_yet = "Alerts show in this admin's banner alone. A channel tells people elsewhere: by e-mail or a webhook."
    list_filter = (("kind", ChoicesDropdownFilter), "enabled")
    search_fields = ("name", "addresses", "url")
    change_form_template = "admin/observability/alertchannel/change_form.html"
    conditional_fields = {
        "addresses": "kind == 'email'", "url": "kind == 'webhook'", "new_secret": "kind == 'webhook'",
    }  # fmt: skip
    fieldsets = (
        (None, {"fields": ("name", "enabled", "kind")}),
        ("Where", {"fields": ("addresses", "url", "new_secret")}),
        ("What", {"fields": ("tell_resolved",)}),
    )

    class Media:
        css = {"all": ("observability/alerts/alerts.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertChannel]:
        """With what came of the newest message."""
        rows: QuerySet[AlertChannel] = super().get_queryset(request)
        newest = AlertDelivery.objects.filter(channel=OuterRef("pk")).order_by("-created_at")
        names = ("state", "error", "created_at")
        return rows.annotate(**{f"last_{name}": Subquery(newest.values(name)[:1]) for name in names})

    @display(description="Goes to")
    def target(self, row: AlertChannel) -> str:
        """Addresses, or the receiver's host: what follows may be a secret of its own."""
        if row.kind == AlertChannel.Kind.EMAIL:
            return ", ".join(row.recipients)
        return "{}://{}".format(*_host(row.url))

    @display(
        description="Newest message",
        label={"sent": "success", "waiting": "warning", "given_up": "danger", "none": "default"},
    )
    def state(self, row: Any) -> tuple[str, str]:
        """A word for the colour, and the words for the reader."""
        if not row.last_state:
            return "none", "None yet"
        ago = f"{timesince(row.last_created_at)} ago"
        if row.last_state == AlertDelivery.State.SENT:
            return "sent", f"Sent {ago}"
        return str(
            row.last_state
        ), f"{AlertDelivery.State(row.last_state).label}, {ago}: {row.last_error or 'not tried yet'}"

    def get_urls(self) -> list[URLPattern]:
        """With the address of the test button."""
        url = path(
            "<int:channel_id>/test/", self.admin_site.admin_view(self.test), name="observability_alertchannel_test"
        )
        return [url, *super().get_urls()]

    @method_decorator(require_POST)
    def test(self, request: HttpRequest, channel_id: int) -> HttpResponse:
        """Send a test with the saved settings, and say on the channel's page how that went."""
        channel = get_object_or_404(AlertChannel, pk=channel_id)
        if not self.has_change_permission(request, channel):
            raise PermissionDenied
        delivery = asyncio.run(_tested(channel))
        if delivery.state == AlertDelivery.State.SENT:
            status = f" It answered {delivery.status}." if delivery.status else ""
            messages.success(request, f"The test was sent.{status}")
        else:
            messages.error(request, f"The test was not sent. {delivery.error}")
        return HttpResponseRedirect(reverse("admin:observability_alertchannel_change", args=[channel.pk]))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With its newest messages."""
        row: AlertChannel | None = kwargs.get("obj")
        if row:
            deliveries = row.deliveries.select_related("channel")[:SHOWN]
            context |= {"channel": row, "deliveries": deliveries, "more_of": row.pk}
        return super().render_change_form(request, context, *args, **kwargs)


async def _tested(channel: AlertChannel) -> AlertDelivery:
    async with resources():
        return await delivering.test(channel)


@admin.register(AlertDelivery)
class AlertDeliveryAdmin(ReadOnlyMixin, ModelAdmin):
    """Messages, sent and not sent. They go with their alert or channel."""

    list_display = ("at", "event", "channel", "incident", "result", "tries", "status", "error")
    nothing_yet = "Nothing was sent yet."
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("event", ChoicesDropdownFilter),
        ("channel", RelatedDropdownFilter),
    )
    list_filter_submit = True
    list_select_related = ("channel", "incident")
    list_display_links = None
    ordering = ("-created_at",)
    actions = ("send_again",)

    @display(description="When", ordering="created_at")
    def at(self, row: AlertDelivery) -> Any:
        """When it was settled, or begun."""
        return row.at

    @display(
        description="State", ordering="state", label={"sent": "success", "waiting": "warning", "given_up": "danger"}
    )
    def result(self, row: AlertDelivery) -> tuple[str, str]:
        """A word for the colour, and the words for the reader."""
        return row.state, row.get_state_display()

    def has_again_permission(self, request: HttpRequest) -> bool:
        """Who may edit channels may send again what they did not take."""
        return bool(request.user.has_perm("observability.change_alertchannel"))

    @admin.action(description="Send again what was given up", permissions=["again"])
    def send_again(self, request: HttpRequest, rows: QuerySet[AlertDelivery]) -> None:
        """From the first try on."""
        given_up = rows.filter(state=AlertDelivery.State.GIVEN_UP).exclude(event=AlertDelivery.Event.TEST)
        waiting = AlertDelivery.State.WAITING
        count = given_up.update(state=waiting, tries=0, next_at=timezone.now(), ended_at=None, error="")
        messages.info(request, f"{count} will be sent again within seconds.")
