"""Routing rules: an ordered condition, and what to do with a turn that meets it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from people.models import Site


def every_message() -> dict[str, Any]:
    """The condition that holds always: nothing is asked."""
    return {"all": []}


class RoutingRule(models.Model):
    """The first enabled rule whose condition holds decides; after the last one the built-in choice does.

    `condition` is a tree: {"all": [tree, …]}, {"any": [tree, …]}, {"not": tree}, or {"kind": …, its parameters}, where
    the kinds are the registered classes of `routing/rules/conditions/`. `action` is {"kind": …, its parameters}, of
    `routing/rules/actions/`.
    """

    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0, db_index=True, help_text="Rules are tried from the lowest up.")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all sites."
    )
    condition = models.JSONField(default=every_message)
    action = models.JSONField(default=dict)
    note = models.TextField(blank=True, max_length=2000, help_text="Why there is this rule, for your colleagues.")
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name
