"""Ready-made: answers that need no model. A cached one, the text of a rule, or that a person will answer."""

from conversations.care import open_escalation
from conversations.turns.claim import ClaimedTurn
from conversations.turns.finish import Answer
from conversations.turns.plan import Plan
from parley.threads import in_database_thread
from routing.decision import Way
from routing.models import AnsweredBy

PASSED_ON = "I am passing you to a person, who will answer here."


async def ready_made(turn: ClaimedTurn, plan: Plan) -> Answer | None:
    """The answer; None when a model is to be asked. Raises Refused when the conversation is gone."""
    decision = plan.decision
    if hit := plan.cached:
        return Answer(hit.text, hit.sources, finish_reason="stop", answered_by=AnsweredBy.CACHE)
    if decision.way is Way.TEXT:
        return Answer(decision.text, finish_reason="stop", answered_by=AnsweredBy.RULE)
    if decision.way is Way.HANDOVER:
        # Opened before the turn ends: a worker that dies in between leaves an escalation, which is opened only once.
        await in_database_thread(open_escalation, turn.conversation, f"Rule: {decision.rule}")
        return Answer(decision.text or PASSED_ON, finish_reason="stop", answered_by=AnsweredBy.HANDOVER)
    return None
