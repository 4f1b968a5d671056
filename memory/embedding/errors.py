"""Why there are no vectors, in words that an administrator can act on."""


class EmbedderError(Exception):
    """The embedder is away, or refuses, or answers nonsense. `retry_after`: seconds that it asked us to wait."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TextRefused(EmbedderError):
    """Of this text there will never be a vector; others are none the worse for it."""
