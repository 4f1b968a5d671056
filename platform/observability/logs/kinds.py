"""What a record is about, and why a conversation's records are kept."""

from enum import StrEnum


class Kind(StrEnum):
    """What happened. The order is that of a turn."""

    ACCEPTED = "accepted"  # a message came in
    PREPARED = "prepared"  # what cache, recall and routing decided
    PARKED = "parked"  # it waits for a rate tier, or for a model that is down
    PROMPT = "prompt"  # the exact request as it was sent
    REPLY = "reply"  # what the model said
    ATTEMPT_FAILED = "attempt_failed"  # an attempt that another one follows
    FINISHED = "finished"  # the turn's end, with usage and cost
    DELIVERED = "delivered"
    RATING = "rating"
    REPORT = "report"
    ESCALATION = "escalation"
    ERROR = "error"
    WORKER_LOST = "worker_lost"
    NOTE = "note"
    GAP = "gap"  # made by the log itself: how many records of too many were left out here


class Reason(StrEnum):
    """Why a conversation is kept in full; all but SAMPLED are troubles."""

    SAMPLED = "sampled"
    ERROR = "error"
    ESCALATION = "escalation"
    REPORT = "report"
    THUMBS_DOWN = "thumbs_down"
    BREAKER = "breaker"  # a model's breaker was open for one of its turns
    ALERT = "alert"  # an alert fired in its time
    WORKER_LOST = "worker_lost"


TITLES: dict[Reason, str] = {
    Reason.SAMPLED: "Sampled",
    Reason.ERROR: "Error",
    Reason.ESCALATION: "Escalation",
    Reason.REPORT: "Problem report",
    Reason.THUMBS_DOWN: "Thumbs down",
    Reason.BREAKER: "Breaker open",
    Reason.ALERT: "Alert",
    Reason.WORKER_LOST: "Worker lost",
}
KINDS: dict[Kind, str] = {
    Kind.ACCEPTED: "Message accepted",
    Kind.PREPARED: "Prepared",
    Kind.PARKED: "Waits",
    Kind.PROMPT: "Prompt",
    Kind.REPLY: "Reply",
    Kind.ATTEMPT_FAILED: "Attempt failed",
    Kind.FINISHED: "Finished",
    Kind.DELIVERED: "Delivered",
    Kind.RATING: "Rating",
    Kind.REPORT: "Problem report",
    Kind.ESCALATION: "Escalation",
    Kind.ERROR: "Error",
    Kind.WORKER_LOST: "Worker lost",
    Kind.NOTE: "Note",
    Kind.GAP: "Left out",
}
