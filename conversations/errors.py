"""What we refuse, in words for the person who asked."""

from datetime import datetime, timedelta
from math import ceil, inf

UNITS = ((90, 1, "second"), (90 * 60, 60, "minute"), (inf, 3600, "hour"))  # up to how many seconds; of how many; name


class Refused(Exception):
    """A request that is not carried out. `code` is for programs, the message for people, `status` for HTTP."""

    def __init__(self, code: str, message: str, *, status: int = 400, wait: float | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.wait = code, message, status, wait

    def frame(self, ref: object = None) -> dict[str, object]:
        """The error frame that clients get."""
        frame: dict[str, object] = {"type": "error", "code": self.code, "message": self.message}
        if ref is not None:
            frame["ref"] = ref
        if self.wait is not None:
            frame["wait"] = ceil(self.wait)
        return frame


def internal() -> Refused:
    """A fault of our own; the log has it whole."""
    return Refused("internal", "Something went wrong on our side. Please try again.", status=500)


def not_found() -> Refused:
    """The same answer for what does not exist and for what belongs to somebody else."""
    return Refused("no_conversation", "There is no such conversation. Start a new one.", status=404)


def bad_token() -> Refused:
    """The session's token is no longer good."""
    return Refused("bad_token", "This session has ended. Reload the page to start again.", status=401)


def foreign_origin(origin: str) -> Refused:
    """The refusal, with where to mend it."""
    message = f"Pages of {origin[:200]} may not use this chat. An administrator can allow them: Sites, Allowed origins."
    return Refused("foreign_origin", message, status=403)


def too_many(wait: float, where: str = "") -> Refused:
    """More than so often a minute; `wait` in seconds. `where` says whose it was, when not only the visitor's own."""
    message = f"That was a lot at once{where}. Please send it again in {in_words(wait)}."
    return Refused("too_many", message, status=429, wait=wait)


def too_many_turns() -> Refused:
    """As many questions of the contact wait as its audience tier allows."""
    message = (
        "Your earlier questions are still being answered. Please wait for an answer, and then send this one again."
    )
    return Refused("too_many_turns", message, status=429)


def tokens_used(now: datetime) -> Refused:
    """The contact has had what its audience tier allows in a day, which ends at midnight UTC. `now` is in UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    wait = (midnight - now).total_seconds()
    message = (
        "You have had all the answers that fit into one day. "
        f"Please send it again tomorrow at 00:00 UTC, in {in_words(wait)}, or talk to a person."
    )
    return Refused("tokens_used", message, status=429, wait=wait)


def in_words(seconds: float) -> str:
    """A wait as people say it, never too short: "40 seconds", "2 minutes", "3 hours"."""
    size, unit = next((size, unit) for most, size, unit in UNITS if seconds <= most)
    count = max(1, ceil(seconds / size))
    return f"{count} {unit}{'' if count == 1 else 's'}"
