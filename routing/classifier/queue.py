"""Which message to label next: the ones that the classifier is least sure of, mixed with some by chance.

Only unsure ones would teach it nothing of the usual; only usual ones would teach it slowly.
"""

import random
from collections.abc import Collection

from routing.classifier.live import in_use
from routing.classifier.sources import AskedMessage, recent_messages
from routing.models import RoutingLabel

LOOKED_AT = 300  # of the newest messages without a label
GOAL = 50  # labels at a time


def next_message(skipped: Collection[int] = ()) -> AskedMessage | None:
    """By turns the most unsure and a random one of those that nobody labelled or skipped; None when all are done."""
    said = RoutingLabel.objects.filter(source=RoutingLabel.Source.PERSON).values_list("message_id", flat=True)
    done = {number for number in said if number is not None}
    waiting = recent_messages(LOOKED_AT, done | set(skipped))
    if not waiting:
        return None
    scored = [each for each in waiting if each.score is not None]
    if scored and (len(done) + len(skipped)) % 2 == 0:
        threshold = in_use().threshold
        return min(scored, key=lambda each: abs((each.score or 0.0) - threshold))
    return random.choice(waiting)  # noqa: S311 - nothing secret


def labelled() -> tuple[int, int]:
    """(labels by people, the next goal): "23 of 50"."""
    count = RoutingLabel.objects.filter(source=RoutingLabel.Source.PERSON).count()
    return count, (count // GOAL + 1) * GOAL
