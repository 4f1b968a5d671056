"""The boards that need nothing but statistics. Others are registered by the apps whose tables they read."""

from observability.dashboards.board import register
from observability.dashboards.boards import costs, latency, memory, overview, quality, queue


def register_boards() -> None:
    """Called once, when the app is ready."""
    for module in (overview, latency, quality, costs, memory, queue):
        register(module.BOARD)
