"""Why a message was not told."""


class NotToldError(Exception):
    """The channel did not take the message. `status` is what a web server answered, if it did."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
