"""`manage.py serve`: daphne, on uvloop, with our limits for frames."""

import asyncio
import logging
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

log = logging.getLogger(__name__)
FRAME_BYTES = 1024 * 1024  # beyond this daphne closes by itself (1009); conversations.frames refuses far less, in words


class Command(BaseCommand):
    """The web server: pages, API, websockets."""

    help = "Serves the pages, the API and the websockets."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen."""
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--bind", default="127.0.0.1")

    def handle(self, *_args: Any, port: int, bind: str, **_options: Any) -> None:
        """Blocks until SIGINT or SIGTERM."""
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # before daphne makes its loop
        from daphne.endpoints import build_endpoint_description_strings

        from parley.asgi import application
        from parley.memory_use import settle_down
        from parley.serving import Server

        settle_down()
        Server(
            application=application,
            endpoints=build_endpoint_description_strings(host=bind, port=port),
            websocket_max_message_size=FRAME_BYTES,
            websocket_max_frame_size=FRAME_BYTES,
            ping_interval=25,
            ping_timeout=60,
            verbosity=1,
            server_name="parley",
        ).run()
