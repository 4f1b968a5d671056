"""What conversations show in the dashboards: a board of questions, and the turns behind a spike."""

from django.urls import reverse

from observability import dashboards


def register() -> None:
    """Called when the app is ready."""
    from conversations.boards.questions import BOARD

    dashboards.register(BOARD)
    dashboards.behind.register(lambda: reverse("admin:conversations_turn_changelist"), "conversations.view_turn")
