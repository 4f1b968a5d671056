"""A model without a table: it gives the dashboards their permission and their place in the admin."""

from django.db import models


class Dashboards(models.Model):
    """`observability.view_dashboards`: who may look at the boards."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "dashboards"

    def __str__(self) -> str:
        return "Dashboards"
