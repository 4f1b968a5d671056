"""Judging: a conversation that has been quiet for a while has ended; how, its row and the statistics say.

When it goes on later it is open again, and its next end is judged anew.
"""

from pathlib import Path

from django.conf import settings

from observability.statistics import add
from parley.pools import postgres
from people.audiences import audience_for, audiences

QUIET = (Path(__file__).parent / "quiet.sql").read_text(encoding="utf-8")
TOGETHER = 500


async def judge_quiet() -> int:
    """Judge those that are due; how many. Raises OperationalError, PoolTimeout. Bears being done twice at once."""
    judged = 0
    tiers = await audiences()
    while True:
        async with (await postgres()).connection() as connection:
            values = {"seconds": settings.QUIET_MINUTES * 60, "most": TOGETHER}
            rows = await (await connection.execute(QUIET, values)).fetchall()
        for outcome, site, audience, key in rows:
            add("conversations", label=outcome, site=site, audience=audience_for(key, audience, tiers).id)
        judged += len(rows)
        if len(rows) < TOGETHER:
            return judged
