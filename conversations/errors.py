"""What we refuse, in words for the person who asked."""


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
            frame["wait"] = round(self.wait)
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
