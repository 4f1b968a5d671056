"""The people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People."""

    name = "people"
    verbose_name = "People"
