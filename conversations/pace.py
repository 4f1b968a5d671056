"""How fast a visitor may go: messages a minute of its audience tier, and of its address."""

from uuid import UUID, uuid4

from django.conf import settings

from conversations.errors import too_many
from conversations.session import Visitor
from people.audiences import audience_for, audiences
from people.limits import Counted, Limit, TooMany, count

ADDRESS = "message-address"


async def count_message(visitor: Visitor, client_id: UUID) -> Counted:
    """Count a message of the visitor, once for each client id. Raises Refused with the time to wait."""
    tier = audience_for(visitor.session.key, visitor.audience_id, await audiences())
    return await _count(
        client_id,
        Limit("message", visitor.who, tier.messages_per_minute),
        Limit(ADDRESS, visitor.address, settings.ADDRESS_MESSAGES_PER_MINUTE),
    )


async def count_action(visitor: Visitor) -> None:
    """Count anything else that the visitor does: twice as much as messages. Raises Refused."""
    tier = audience_for(visitor.session.key, visitor.audience_id, await audiences())
    await _count(uuid4(), Limit("action", visitor.who, tier.messages_per_minute * 2))


async def count_session(address: str) -> None:
    """Count a session that is opened from an address. Raises Refused."""
    await _count(uuid4(), Limit("session", address, settings.ADDRESS_SESSIONS_PER_MINUTE))


async def _count(id_: UUID, *limits: Limit) -> Counted:
    try:
        return await count(id_, *limits)
    except TooMany as over:
        raise too_many(over.wait, " from your network" if over.limit.action == ADDRESS else "") from None
