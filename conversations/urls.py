"""The widget's addresses: pages, API, websocket. docs/protocol.md describes them."""

from django.urls import path

from conversations.api import frames, polling, session, stream
from conversations.consumers import ConversationConsumer
from conversations.widget import views as widget

app_name = "conversations"
urlpatterns = [
    path("", widget.demo_page, name="demo"),
    path("widget.js", widget.loader, name="loader"),
    path("widget/<slug:key>/", widget.frame, name="widget"),
    path("api/v1/sites/<slug:key>", widget.site_config, name="site"),
    path("api/v1/session", session.open_session, name="session"),
    path("api/v1/conversations/<uuid:conversation>/frames", frames.receive, name="frames"),
    path("api/v1/conversations/<uuid:conversation>/events", polling.events, name="events"),
    path("api/v1/conversations/<uuid:conversation>/stream", stream.events, name="stream"),
]
websocket_urlpatterns = [path("ws/v1/", ConversationConsumer.as_asgi())]
