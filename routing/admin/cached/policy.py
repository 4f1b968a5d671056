"""The one row that says how cached answers are served. Its list leads to it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from routing.models import CachePolicy


@admin.register(CachePolicy)
class CachePolicyAdmin(ModelAdmin):
    """In force within a second."""

    fieldsets = (
        ("Serving", {"fields": ("enabled", "semantic", "error_bound")}),
        ("Verification by a model", {"fields": ("verify_share",)}),
        ("Suggestions", {"fields": ("approve_alone", "approve_count", "approve_consistency")}),
    )

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """There is one."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """And it stays."""
        return False

    def changelist_view(self, request: HttpRequest, _extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Straight to the row, made where there is none yet."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        row, _ = CachePolicy.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:routing_cachepolicy_change", args=[row.pk]))
