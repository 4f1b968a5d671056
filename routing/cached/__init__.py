"""Cached answers: approved answers given at once, without a model, to questions that ask for them.

    await ready()                                   a turn's first call: the process knows every change
    await settled_index()                           the same without patience: for tests and commands, not for turns
    exact(question)                                 → Hit | None: the same words; neither waits nor embeds
    await lookup(question)                          → Lookup: the same meaning, or why not
    record(lookup, question, turn_id, message_id)   keeps what the thresholds are learned from; returns at once
    judge_message(message_id, right, judge, reason), judge_match(match_id, …), withdraw_verdict(message_id)   blocking
    await explain(question)                         → Explanation, for "Try a question"
    embed_questions(answer_id), embed_missing()     vectors of stored questions; blocking
    changed(answer_ids)                             after bulk changes, which send no signals
    learn_gate()                                    → Learned, from the stored verdicts; TooFewVerdicts; blocking

Models must be loaded: import what you need inside functions of modules that are imported before the apps are ready.
"""

from routing.cached.changes import changed
from routing.cached.embedding import embed_missing, embed_questions
from routing.cached.gate.learning import Learned, TooFewVerdicts, learn_gate
from routing.cached.lookups import exact, explain, lookup, ready, settled_index
from routing.cached.normalise import normalised
from routing.cached.recording import record
from routing.cached.types import Explanation, Hit, Lookup, Near
from routing.cached.verdicts import judge_match, judge_message, withdraw_verdict

__all__ = [
    "Explanation",
    "Hit",
    "Learned",
    "Lookup",
    "Near",
    "TooFewVerdicts",
    "changed",
    "embed_missing",
    "embed_questions",
    "exact",
    "explain",
    "judge_match",
    "judge_message",
    "learn_gate",
    "lookup",
    "normalised",
    "ready",
    "record",
    "settled_index",
    "withdraw_verdict",
]
