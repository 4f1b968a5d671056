"""One loop's view of a server that may be away: told in the log once when it goes and once when it is back."""

import logging

SHORTEST, LONGEST = 0.1, 1.0  # seconds between two tries


class Outage:
    """`what` waits for `server` (by its name), as the log of the loop's own module says."""

    def __init__(self, log: logging.Logger, what: str, server: str = "Redis") -> None:
        self._log, self._what, self._server = log, what, server
        self._pause = 0.0

    def failed(self, error: BaseException) -> float:
        """Note a failure; the seconds to wait, longer each time."""
        if not self._pause:
            why = " ".join(str(error).split())  # psycopg's take several lines
            self._log.warning("%s waits for %s (%s: %s)", self._what, self._server, type(error).__name__, why)
        self._pause = min(max(2 * self._pause, SHORTEST), LONGEST)
        return self._pause

    def worked(self) -> None:
        """Note that the server answered."""
        if self._pause:
            self._log.warning("%s: %s is back", self._what, self._server)
        self._pause = 0.0
