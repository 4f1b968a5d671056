"""Pages of the admin that belong to no app of ours: users, groups, and RQ's queues under a permission."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django_rq.admin import QueueAdmin
from django_rq.models import Dashboard
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

QUEUES_PERMISSION = "django_rq.admin"
View = Callable[..., HttpResponse]

admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.unregister(Dashboard)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Staff. Only a superuser makes superusers, gives single permissions, or touches another superuser."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = (
        "username",
        "first_name",
        "last_name",
        "email",
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
    )
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever may edit users must not be able to lift themselves above everybody."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, "is_superuser", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Also asked before a password is changed."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """See the class."""
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Superusers are not offered to others, so that no bulk action reaches them."""
        users = super().get_queryset(request)
        return users if request.user.is_superuser else users.filter(is_superuser=False)


def _may_touch(request: HttpRequest, user: Any) -> bool:
    return bool(request.user.is_superuser or not getattr(user, "is_superuser", False))


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Roles: what the people in them may do."""


@admin.register(Dashboard)
class QueuesAdmin(QueueAdmin):
    """RQ's queues. django_rq shows them to all staff; here they need the permission that it declares."""

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Whether this person may see and clear queues."""
        return bool(request.user.has_perm(QUEUES_PERMISSION))

    def has_change_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """The same: the pages look and act at once."""
        return self.has_view_permission(request)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """There is no row to delete."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the app is listed."""
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """django_rq's addresses, each guarded."""
        return [
            URLPattern(url.pattern, self._guarded(url.callback), url.default_args, url.name)
            for url in super().get_urls()  # type: ignore[no-untyped-call]
        ]

    def _guarded(self, view: View) -> View:
        """The view sends strangers to the login; known people without the permission get a 403."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not request.user.has_perm(QUEUES_PERMISSION):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except (RedisConnectionError, RedisTimeoutError):
                context = {**self.admin_site.each_context(request), "title": "Queues"}
                return TemplateResponse(request, "admin/redis_away.html", context, status=503)

        return guarded
