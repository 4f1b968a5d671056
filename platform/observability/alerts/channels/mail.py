"""E-mail, by Django's mail and the server of EMAIL_HOST."""

import asyncio
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from observability.alerts.channels.errors import NotToldError
from observability.alerts.notices import body, subject
from observability.models import AlertChannel

SECONDS = 30.0  # in all; each step of the protocol has EMAIL_TIMEOUT
SMTP = "django.core.mail.backends.smtp.EmailBackend"


async def send(channel: AlertChannel, payload: dict[str, Any]) -> None:
    """To all of the channel's addresses. Raises NotToldError.

    In a thread of the loop's own, not one of those that serve the database: a mail server may hang.
    """
    if settings.EMAIL_BACKEND == SMTP and not settings.EMAIL_HOST:
        raise NotToldError("No mail server is set: see EMAIL_HOST in the settings.")
    try:
        async with asyncio.timeout(SECONDS):
            await asyncio.to_thread(_send, channel.recipients, subject(payload), body(payload))
    except TimeoutError:
        raise NotToldError("The mail server did not take it in time.") from None
    except (SMTPException, OSError) as error:
        raise NotToldError(f"The mail server said: {_words(error)}") from None


def _send(recipients: list[str], head: str, text: str) -> None:
    connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
    EmailMessage(head, text, settings.DEFAULT_FROM_EMAIL, recipients, connection=connection).send()


def _words(error: BaseException) -> str:
    """What went wrong, in a line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
