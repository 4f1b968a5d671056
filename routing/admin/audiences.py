"""The models that are kept for an audience tier, on the tier's own page."""

from typing import Any

from django.contrib import admin
from unfold.admin import TabularInline

from people.models import AudienceTier
from routing.models import Model


class AudienceModelInline(TabularInline):
    """Models that name this tier; those that name none are everybody's, and are not listed."""

    model = Model.audiences.through
    extra = 0
    hide_title = True  # of each row: that of the table between the two says nothing
    verbose_name = "model"
    verbose_name_plural = "Models kept for this tier (a model that is kept for no tier is everybody's)"
    autocomplete_fields = ("model",)


_tiers: Any = admin.site.get_model_admin(AudienceTier)
_tiers.inlines = (*_tiers.inlines, AudienceModelInline)  # people, below us, must not know of models
