"""What was decided in the last days, and what it saved: exact counts, written with each decision."""

from dataclasses import dataclass
from datetime import UTC, timedelta

from django.db.models import Sum
from django.utils import timezone

from observability.logs.holding import in_use
from observability.logs.retention import kept_bytes
from observability.models import HeldLog, LoggedConversation, LogTally

DAYS = 7
OUTCOMES = ("sampled", "troubled", "dropped")


@dataclass(frozen=True)
class Standing:
    """Conversations and bytes of the last days by outcome; shares between 0 and 1, None where nothing was decided."""

    conversations: dict[str, int]
    sizes: dict[str, int]
    kept_on_disk: int
    held_in_redis: int | None
    held_in_postgres: int
    logged: int

    @property
    def decided(self) -> int:
        """Conversations."""
        return sum(self.conversations.values())

    @property
    def sampled_share(self) -> float | None:
        """Of those without trouble."""
        untroubled = self.conversations["sampled"] + self.conversations["dropped"]
        return self.conversations["sampled"] / untroubled if untroubled else None

    @property
    def kept_share(self) -> float | None:
        """Of all."""
        return 1 - self.conversations["dropped"] / self.decided if self.decided else None

    @property
    def saved_share(self) -> float | None:
        """Of the bytes."""
        size = sum(self.sizes.values())
        return self.sizes["dropped"] / size if size else None


def standing(days: int = DAYS) -> Standing:
    """As it is now. Without Redis, what it holds is None."""
    since = timezone.now().astimezone(UTC).date() - timedelta(days=days - 1)
    rows = {
        row["outcome"]: row
        for row in LogTally.objects.filter(day__gte=since)
        .values("outcome")
        .annotate(conversations=Sum("conversations"), size=Sum("size"))
    }
    return Standing(
        conversations={name: rows[name]["conversations"] if name in rows else 0 for name in OUTCOMES},
        sizes={name: int(rows[name]["size"]) if name in rows else 0 for name in OUTCOMES},
        kept_on_disk=kept_bytes(),
        held_in_redis=in_use(),
        held_in_postgres=HeldLog.objects.count(),
        logged=LoggedConversation.objects.count(),
    )
