"""Sites, audience tiers and contacts in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, PositiveIntegerField, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldAdminTextareaWidget

from parley.lists import GrowingListMixin
from people.filters import AudienceFilter, IdentifiedFilter
from people.models import AudienceTier, Contact, Site, new_identity_secret

ROWS = {"greeting": 2, "suggestions": 4, "allowed_origins": 4, "system_prompt": 10}
RENEW = {
    "title": "Renew the identity secret?",
    "description": "The host site must sign with the new one from then on: the old one is refused. "
    "Visitors who are signed in stay so.",
    "form_class": None,
    "form_submit_text": "Renew the secret",
}

SIGN_OUT = {
    "title": "Sign out everywhere?",
    "description": "Every widget that this contact has open must sign in again. An anonymous visitor begins anew.",
    "form_class": None,
    "form_submit_text": "Sign out",
}


def widget_line(request: HttpRequest, site: Site) -> str:
    """The line that embeds the site's widget, with the host that the administrator is on."""
    address = request.build_absolute_uri(reverse("conversations:loader"))
    return format_html('<script src="{}" data-site="{}" async></script>', address, site.key)


@admin.register(Site)
class SiteAdmin(ModelAdmin):
    """The settings of a site, with the line that embeds its widget. routing adds the site's model."""

    list_display = ("name", "key", "allowed", "created_at")
    search_fields = ("name", "key")
    prepopulated_fields = {"key": ("name",)}
    change_form_template = "admin/people/site/change_form.html"
    warn_unsaved_form = True
    actions_detail = ("renew_identity_secret",)
    fieldsets = (
        ("Widget", {"fields": ("name", "key", "greeting", "suggestions", "colour")}),
        ("Answers", {"fields": ("system_prompt",)}),
        ("Embedding", {"fields": ("allowed_origins",)}),
    )

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A key that pages already name must not change while somebody types a new name."""
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A colour is picked, not typed; a text field is as tall as its text."""
        if db_field.name == "colour":
            kwargs["widget"] = UnfoldAdminColorInputWidget
        if rows := ROWS.get(db_field.name):
            kwargs["widget"] = UnfoldAdminTextareaWidget({"rows": rows})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @display(description="May be embedded by")
    def allowed(self, site: Site) -> str:
        """The origins in one line."""
        return ", ".join(site.origins) or "this server's own pages only"

    def get_urls(self) -> list[URLPattern]:
        """With the address that tells the identity secret."""
        reveal = path(
            "<int:site_id>/identity-secret/",
            self.admin_site.admin_view(self.reveal),
            name="people_site_secret",
        )
        return [reveal, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With the widget line, and the secret's button for those who may change the site."""
        if site := kwargs.get("obj"):
            context["widget_line"] = widget_line(request, site)
            context["may_reveal"] = self.has_change_permission(request, site)
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_POST)
    def reveal(self, request: HttpRequest, site_id: int) -> HttpResponse:
        """The identity secret as JSON, for those who may change the site. The history keeps who asked."""
        site = get_object_or_404(Site, pk=site_id)
        if not self.has_change_permission(request, site):
            raise PermissionDenied
        self.log_change(request, site, "Looked at the identity secret.")
        return JsonResponse({"secret": site.identity_secret})  # admin_view forbids to cache it

    @action(description="Renew identity secret", icon="key", permissions=["change"], dialog=RENEW)
    def renew_identity_secret(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """A new secret; what was signed with the old one is refused from now on."""
        site = get_object_or_404(Site, pk=object_id)
        Site.objects.filter(pk=site.pk).update(identity_secret=new_identity_secret())
        self.log_change(request, site, "Renewed the identity secret.")
        messages.success(request, "The identity secret is new: the host site must sign with it from now on.")
        return HttpResponse(headers={"HX-Redirect": reverse("admin:people_site_change", args=[site.pk])})


@admin.register(AudienceTier)
class AudienceTierAdmin(ModelAdmin):
    """What end users may do. Which models they may use is on the models' pages: routing, above us, has it."""

    list_display = ("name", "key", "messages_per_minute", "turns_at_once", "tokens", "head_start")
    search_fields = ("name", "key")
    prepopulated_fields = {"key": ("name",)}
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": ("name", "key")}),
        ("Limits of one contact", {"fields": ("messages_per_minute", "turns_at_once", "tokens_per_day")}),
        ("In line for a model", {"fields": ("head_start_seconds",)}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Numbers are refused in the model's words; Django's own for less than zero would come first."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, PositiveIntegerField):
            field.validators = []
        return field

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The keys of the built-in tiers: contacts are put into them by these."""
        return ("key",) if obj and obj.built_in else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A key that tokens already name must not change while somebody types a new name."""
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """A tier that is needed is not even asked about: its page says why."""
        tier = self.get_object(request, object_id)
        if tier and self.has_delete_permission(request, tier) and (reason := tier.why_kept()):
            messages.error(request, f"Not deleted. {reason}")
            return HttpResponseRedirect(reverse("admin:people_audiencetier_change", args=[tier.pk]))
        return super().delete_view(request, object_id, extra_context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Among several, one that is needed protects itself, and says why."""
        *found, protected = super().get_deleted_objects(objs, request)
        return *found, [*protected, *filter(None, (tier.why_kept() for tier in objs))]

    @display(description="Tokens a day", ordering="tokens_per_day")
    def tokens(self, tier: AudienceTier) -> str:
        """The number, or that there is no limit."""
        return "no limit" if tier.tokens_per_day is None else f"{tier.tokens_per_day:,}"

    @display(description="Head start", ordering="head_start_seconds")
    def head_start(self, tier: AudienceTier) -> str:
        """The seconds."""
        return f"{tier.head_start_seconds} s"


@admin.register(Contact)
class ContactAdmin(GrowingListMixin, ModelAdmin):
    """End users. conversations adds how many conversations each has."""

    list_display: tuple[str, ...] = ("who", "site", "email", "identity", "audience", "created_at", "seen_at")
    list_select_related = ("site", "audience")
    list_filter = (("site", RelatedDropdownFilter), IdentifiedFilter, AudienceFilter)
    list_filter_submit = True
    search_fields = ("name", "email", "key")
    ordering = ("-seen_at",)
    actions = ("sign_out_everywhere",)
    actions_detail = ("sign_out",)
    readonly_fields: tuple[str, ...] = ("site", "key", "created_at", "seen_at")
    fields: tuple[str, ...] = ("name", "email", "audience", "site", "key", "created_at", "seen_at")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Contacts come by themselves."""
        return False

    @display(description="Contact", ordering="name")
    def who(self, contact: Contact) -> str:
        """The name that we know."""
        return str(contact)

    @display(description="Identity", label={"identified": "success", "anonymous": "default"})
    def identity(self, contact: Contact) -> str:
        """Whether the host site vouches for this contact."""
        return "anonymous" if contact.is_anonymous else "identified"

    @action(description="Sign out everywhere", icon="logout", permissions=["change"], dialog=SIGN_OUT)
    def sign_out(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """The same for one contact, from its page."""
        contact = get_object_or_404(Contact, pk=object_id)
        self.sign_out_everywhere(request, Contact.objects.filter(pk=contact.pk))
        self.log_change(request, contact, "Signed out everywhere.")
        return HttpResponse(headers={"HX-Redirect": reverse("admin:people_contact_change", args=[contact.pk])})

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, contacts: QuerySet[Contact]) -> None:
        """Every token that the contacts hold is refused from now on."""
        count = contacts.update(token_version=F("token_version") + 1)
        messages.success(request, f"Signed out everywhere: {count} contact{'' if count == 1 else 's'}.")
