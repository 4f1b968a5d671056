"""Logs of conversations: all are held for a while, and kept in full where it matters (docs/administrators.md).

    record(conversation, Kind.PROMPT, {…}, turn=5, site=1, audience=2, rule=3)   # any thread, any loop; never raises
    troubled(conversation, Reason.ERROR)                                         # keeps it, from its first record on

The rest is imported from where it is, because it needs the models: `deciding.decide_due`, `retention.tend` (chores of
the leader), `erasing.erase`, `writing.flush`.
"""

from observability.logs.buffer import record, troubled
from observability.logs.kinds import Kind, Reason

__all__ = ["Kind", "Reason", "record", "troubled"]
