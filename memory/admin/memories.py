"""Memories in the admin: find, correct, add, merge and erase them. Every query runs in a staff scope (`scoping`)."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from memory.admin import contact, merging, trying
from memory.admin.columns import MemoryColumns, standing
from memory.admin.correcting import DETAILS, MemoryForm, write
from memory.admin.filters import StandingFilter
from memory.admin.history import copies, earlier, source, transcript_link
from memory.admin.scoping import StaffScopeMixin, log
from memory.models import UserMemory
from memory.remember import rights
from parley.lists import GrowingListMixin
from people.models import Contact


@admin.register(UserMemory)
class UserMemoryAdmin(MemoryColumns, StaffScopeMixin, GrowingListMixin, ModelAdmin):
    """What is known of contacts. A change is a correction: the earlier text stays, superseded, and does not return."""

    form = MemoryForm
    list_display = (
        "what", "who", "kind", "said", "until", "sure", "origin_label", "times", "standing",
    )  # fmt: skip
    list_display_links = ("what",)
    list_select_related = ("contact__site",)
    list_filter = (
        StandingFilter,
        ("contact", AutocompleteSelectFilter),
        ("contact__site", RelatedDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("origin", ChoicesDropdownFilter),
        ("said_at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    ordering = ("-id",)
    search_fields = ("text",)
    search_help_text = "Words of a memory, or the contact's name or address"
    autocomplete_fields = ("contact",)
    actions = ("merge_selected",)
    actions_list = ("try_recall", "see_ignored", "see_policies")
    actions_detail = ("see_contact", "merge_with")
    warn_unsaved_form = True
    change_form_template = "admin/memory/usermemory/change_form.html"
    fieldsets = ((None, {"fields": ("contact", "text", *DETAILS)}),)

    class Media:
        css = {"all": ("memory/memories.css",)}

    def get_urls(self) -> list[Any]:
        """With the pages of a contact, of merging and of trying. Those that write make their own scopes."""
        wrap = self.admin_site.admin_view
        pages: list[URLPattern] = [
            path("recall/", wrap(trying.page), name="memory_usermemory_recall"),
            path("<int:memory_id>/merge/", wrap(merging.page), name="memory_usermemory_merge"),
            *[
                path(f"contact/<uuid:contact_id>/{address}", wrap(view), name=f"memory_contact{name}")
                for address, view, name in contact.PAGES
            ],
        ]
        return [*pages, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserMemory]:
        """Without vectors and words: nobody looks at them here."""
        rows: QuerySet[UserMemory] = super().get_queryset(request)
        return rows.defer("embedding", "searchable")

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[UserMemory], search_term: str
    ) -> tuple[QuerySet[UserMemory], bool]:
        """Those that hold the words in any form, or this part of the text, or are of a contact so called."""
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        text = Q(searchable=SearchQuery(term, config="english")) | Q(text__icontains=term)
        people = Contact.objects.filter(Q(name__icontains=term) | Q(email__icontains=term))
        return queryset.filter(text | Q(contact_id__in=people.values("pk"))), False  # a join would look at all twice

    # --- the form

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was superseded stays as it was. For its buttons unfold gives the key in place of the memory."""
        return super().has_change_permission(request, obj) and getattr(obj, "superseded_at", None) is None

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A memory stays its contact's."""
        return ("contact",) if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """With what was wrong with the text, when it was refused."""
        made = super().get_form(request, obj, **kwargs)
        made.refused = getattr(request, "memory_refused", "")
        return made

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Room for a sentence or two."""
        if db_field.name == "text":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 3, "dir": "auto"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """A text that is refused is shown again as it was typed, with the reason."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except rights.NotPossible as error:
            request.memory_refused = str(error)  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: UserMemory, form: "ModelForm[Any]", change: bool) -> None:
        """Write it as the staff's word. Raises NotPossible."""
        assert isinstance(form, MemoryForm)
        saved = write(form)
        words = "Corrected" if change else "Wrote"
        log(request, saved.contact, f"{words} memory {saved.pk}" + (f", was {obj.pk}." if change else "."))
        obj.pk = saved.pk

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """`save_model` did, without the text."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The same."""

    def response_add(self, request: HttpRequest, obj: Any, _post_url_continue: Any = None) -> HttpResponse:
        """See `response_change`."""
        return self.response_change(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """To the memory as it is now. What is said about it names no text."""
        messages.success(request, "Saved as the staff's word: only something that the contact says later replaces it.")
        return HttpResponseRedirect(reverse("admin:memory_usermemory_change", args=[obj.pk]))

    # --- erasing

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The memories, with what goes with them: their earlier versions, and the copies of their messages."""
        rows = list(objs)
        before = earlier(rows)
        named = [part for row in rows for part in (row.text, [each.text for each in before[row.pk]]) if part]
        chain = [*rows, *[each for found in before.values() for each in found]]
        counts = {
            "memories": len(rows),
            "earlier versions": len(chain) - len(rows),
            "copies of messages": copies(chain),
        }
        lacking = set() if self.has_delete_permission(request) else {"memory"}
        return named, counts, lacking, []

    def delete_model(self, _request: HttpRequest, obj: UserMemory) -> None:
        """With its history, and memory's copies of the messages that it was said in."""
        rights.forget(obj.contact_id, obj.pk)

    def delete_queryset(self, _request: HttpRequest, queryset: QuerySet[UserMemory]) -> None:
        """Each of them; contact by contact, as everybody locks them."""
        for contact_id, memory_id in queryset.order_by("contact_id", "id").values_list("contact_id", "id"):
            rights.forget(contact_id, memory_id)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """In the contacts' histories, without the texts: those are to be gone."""
        for row in queryset:
            log(request, row.contact, f"Erased memory {row.pk}.")

    def response_delete(self, request: HttpRequest, _obj_display: str, obj_id: Any) -> HttpResponse:
        """The same."""
        response: HttpResponse = super().response_delete(request, f"number {obj_id}", obj_id)
        return response

    # --- the page

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With where it comes from, what it replaced, and its figures."""
        if row := kwargs.get("obj"):
            context |= {
                "copy": source(row),
                "source_link": transcript_link(request.user, row.source_conversation, row.source_message),
                "earlier": earlier([row])[row.pk],
                "standing": standing(row),
            }
        context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What was done is in the contact's history: a memory's goes with it."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            response: HttpResponse = super().history_view(request, object_id, extra_context)
            return response
        return redirect("admin:people_contact_history", row.contact_id)

    # --- buttons

    @admin.action(description="Merge two", permissions=["change"])
    def merge_selected(self, request: HttpRequest, rows: QuerySet[UserMemory]) -> HttpResponse | None:
        """Lead to the page on which one is made of them."""
        chosen = list(rows.order_by("-id")[:3])
        if len(chosen) != 2 or chosen[0].contact_id != chosen[1].contact_id:
            messages.error(request, "Choose two memories of the same contact.")
            return None
        keep, other = chosen
        address = reverse("admin:memory_usermemory_merge", args=[keep.pk])
        return HttpResponseRedirect(f"{address}?other={other.pk}")

    @action(description="Merge with another", icon="merge", permissions=["change"])
    def merge_with(self, _request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page."""
        return redirect("admin:memory_usermemory_merge", int(object_id))

    @action(description="All of this contact", icon="person", permissions=["view"])
    def see_contact(self, _request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page."""
        row = UserMemory.objects.filter(pk=object_id).first()
        return redirect("admin:memory_contact", row.contact_id) if row else redirect(self._list())

    @action(description="What would be recalled?", icon="search", url_path="try", permissions=["view"])
    def try_recall(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the page."""
        return redirect("admin:memory_usermemory_recall")

    @action(description="Ignored", icon="block", url_path="ignored", permissions=["ignored"])
    def see_ignored(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the list."""
        return redirect("admin:memory_ignored_changelist")

    @action(description="Policies", icon="tune", url_path="policies", permissions=["policies"])
    def see_policies(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the list."""
        return redirect("admin:memory_memorypolicy_changelist")

    def has_ignored_permission(self, request: HttpRequest) -> bool:
        """Who sees that button; a method, as unfold looks a name in full up in the database when it checks."""
        return request.user.has_perm("memory.view_ignored")

    def has_policies_permission(self, request: HttpRequest) -> bool:
        """The same."""
        return request.user.has_perm("memory.view_memorypolicy")

    def _list(self) -> str:
        return reverse("admin:memory_usermemory_changelist")
