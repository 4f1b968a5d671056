"""Which page is where."""

from django.contrib import admin
from django.urls import include, path

from parley.views import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("help/", include("memory.urls")),
    path("", include("conversations.urls")),
]
