"""The log as JSON: one object a line, with what `log_context` has bound, for programs that gather logs."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from parley.log_context import fields

# Keys of the vendors, bearer tokens, and passwords within addresses: what must not leave the machine with a log.
_SECRET = re.compile(
    r"\b(sk-[A-Za-z0-9_-]{4})[A-Za-z0-9_-]{8,}|(\b[Bb]earer )[A-Za-z0-9._~+/=-]{8,}|(\b[a-z][a-z0-9+]*://[^\s:/@]*:)[^\s@/]+(?=@)"
)
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "status_code", "request"}


class JsonFormatter(logging.Formatter):
    """time, level, logger, message; what is bound (turn, request…); `extra=`; an exception as text in one field."""

    def format(self, record: logging.LogRecord) -> str:
        """One line. A value that is no JSON is shown as text."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
            **fields(),
            **{name: value for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return masked(json.dumps(line, ensure_ascii=False, default=str))


def masked(text: str) -> str:
    """Without keys, tokens and passwords."""
    return _SECRET.sub(lambda found: f"{next(filter(None, found.groups()))}…", text)
