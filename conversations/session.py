"""Who is speaking, and what is theirs."""

from dataclasses import dataclass, field
from uuid import UUID

from conversations.errors import bad_token, not_found
from parley.pools import postgres
from people.sessions import BadToken, Session, read_token

OWNER = """
    SELECT c.site_id, c.key, c.token_version FROM conversations_conversation v
    JOIN people_contact c ON c.id = v.contact_id WHERE v.id = %s
"""
CONTACT = "SELECT token_version, audience_id FROM people_contact WHERE site_id = %s AND key = %s"


@dataclass
class Visitor:
    """A contact at the other end of a connection, where it comes from, and the audience tier that it was given."""

    session: Session
    address: str
    audience_id: int | None = None
    _checked: set[UUID] = field(default_factory=set)

    @property
    def who(self) -> str:
        """The contact's name among all sites' contacts."""
        return f"{self.session.site_id}:{self.session.key}"

    def owns(self, conversation: UUID, audience_id: int | None) -> None:
        """Note what storing a message has shown: the conversation is theirs, and the tier that they have now."""
        self._checked.add(conversation)
        self.audience_id = audience_id

    async def check_conversation(self, conversation: UUID) -> None:
        """Raise Refused unless the conversation is this contact's, or does not exist yet.

        One that exists is asked for once; a session that was withdrawn meanwhile is refused when it is used again.
        """
        if conversation in self._checked:
            return
        async with (await postgres()).connection() as connection:
            row = await (await connection.execute(OWNER, [conversation])).fetchone()
        if row is None:
            return
        if (row[0], row[1]) != (self.session.site_id, self.session.key):
            raise not_found()
        if row[2] != self.session.version:
            raise bad_token()
        self._checked.add(conversation)


async def visitor_of(token: object, address: str) -> Visitor:
    """The contact behind a token. Raises Refused: not ours, expired, or signed out everywhere."""
    try:
        session = read_token(token)
    except BadToken:
        raise bad_token() from None
    async with (await postgres()).connection() as connection:
        row = await (await connection.execute(CONTACT, [session.site_id, session.key])).fetchone()
    if row is not None and row[0] != session.version:
        raise bad_token()
    return Visitor(session, address, row[1] if row else None)
