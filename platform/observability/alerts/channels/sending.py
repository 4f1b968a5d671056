"""One message to one channel."""

from observability.alerts.channels import mail, webhook
from observability.alerts.channels.errors import NotToldError
from observability.models import AlertChannel, AlertDelivery

__all__ = ["NotToldError", "send"]


async def send(channel: AlertChannel, delivery: AlertDelivery) -> int | None:
    """Tell. Returns the HTTP status where there is one. Takes seconds at most; raises NotToldError."""
    if channel.kind == AlertChannel.Kind.WEBHOOK:
        return await webhook.send(channel, str(delivery.pk), delivery.payload)
    await mail.send(channel, delivery.payload)
    return None
