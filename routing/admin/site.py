"""The model of a site, on the site's own page."""

from typing import Any

from django.contrib import admin
from unfold.admin import TabularInline

from people.models import Site
from routing.models import SiteModel


class SiteModelInline(TabularInline):
    """Which model answers for a site. None: the first model that is ready."""

    model = SiteModel
    extra = 1
    max_num = 1
    verbose_name = verbose_name_plural = "Model that answers (none: the first one that is ready)"
    autocomplete_fields = ("model",)


_sites: Any = admin.site.get_model_admin(Site)
_sites.inlines = (*_sites.inlines, SiteModelInline)  # people, below us, must not know of models
