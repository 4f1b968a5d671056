"""The classifier: whether a message is simple, for a small model, or needs a large one.

Logistic regression over the message's surface and its embedding. `scored` decides in well under a millisecond with
what `refresh` keeps; training, labels and going live are in the modules beside.
"""

from routing.classifier.live import InUse, Scored, forget, in_use, refresh, refresh_now, scored

__all__ = ["InUse", "Scored", "forget", "in_use", "refresh", "refresh_now", "scored"]
