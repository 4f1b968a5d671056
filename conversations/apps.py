"""The conversations app."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """Conversations."""

    name = "conversations"
    verbose_name = "Conversations"
