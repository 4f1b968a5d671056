"""The ASGI application: Django's pages, and the widget's websockets."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parley.settings")
pages = get_asgi_application()

from conversations.urls import websocket_urlpatterns  # noqa: E402 - apps are ready only now

application = ProtocolTypeRouter({"http": pages, "websocket": URLRouter(websocket_urlpatterns)})
