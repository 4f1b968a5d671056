"""Which page is where."""

from django.contrib import admin
from django.urls import include, path

from observability.prometheus.views import metrics
from parley.views import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("help/", include("memory.urls")),
    path("", include("conversations.urls")),
]
