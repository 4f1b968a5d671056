"""Ways to tell people. `send` hands one message to one channel, or raises NotToldError, in words for people."""

from observability.alerts.channels.sending import NotToldError, send

__all__ = ["NotToldError", "send"]
