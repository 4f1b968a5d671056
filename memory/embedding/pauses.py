"""Growing pauses between tries of an embedder that is away: it is not asked again at once, by each one who needs it."""

import threading
import time

from memory.embedding.errors import EmbedderError


class Pauses:
    """From `first` to `most` seconds, doubled by each failure in a row; at least as long as the server asked for."""

    def __init__(self, first: float, most: float) -> None:
        self._first, self._most = first, most
        self._lock = threading.Lock()
        self._next, self._until = first, 0.0
        self.trouble = ""

    @property
    def left(self) -> float:
        """Seconds until it may be tried again; 0: now."""
        return max(self._until - time.monotonic(), 0.0)

    def failed(self, error: Exception) -> float:
        """It was tried in vain. Returns the seconds of the pause. What fails within one counts with what began it."""
        with self._lock:
            if not self.left:
                asked = (error.retry_after or 0.0) if isinstance(error, EmbedderError) else 0.0
                self._until = time.monotonic() + max(self._next, asked)
                self._next = min(self._next * 2, self._most)
            self.trouble = str(error) or type(error).__name__
        return self.left

    def went_well(self) -> None:
        """It answers again."""
        if self.trouble:
            with self._lock:
                self._next, self._until, self.trouble = self._first, 0.0, ""
