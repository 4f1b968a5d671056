"""Open a session: who is speaking, and where the conversation goes on."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from conversations import frames
from conversations.api.entry import address_of, api, body_text, check_origin
from conversations.delivery.transcript import iso
from conversations.errors import Refused
from conversations.models import Conversation
from conversations.pace import count_session
from memory.remember.identifying import merge_contacts
from parley.threads import in_database_thread
from people.identity import BadIdentity, identified_session
from people.models import Contact, Site
from people.sessions import BadToken, Session, anonymous, expires_at, read_token


@api("POST")
async def open_session(request: HttpRequest) -> JsonResponse:
    """docs/protocol.md, Session."""
    wanted = frames.json_object(body_text(request, frames.MOST_BYTES))
    await count_session(address_of(request))
    site = await in_database_thread(Site.objects.filter(key=str(wanted.get("site", ""))[:50]).first)
    if site is None:
        raise Refused(
            "no_site",
            "There is no site with this key. Compare data-site with Sites in the admin.",
            status=404,
        )
    await check_origin(request, site.pk)
    return JsonResponse(await in_database_thread(_opened, site, wanted))


def _opened(site: Site, wanted: dict[str, Any]) -> dict[str, Any]:
    session, contact = _contact(site, wanted)
    return {
        "token": session.token(),
        "expires_at": iso(expires_at()),
        "conversation": str(_conversation(contact, wanted.get("conversation"))),
        "contact": {"name": contact.name if contact else "", "identified": session.identified},
        "site": {
            "key": site.key,
            "name": site.name,
            "greeting": site.greeting,
            "suggestions": site.suggested_questions,
            "colour": site.colour,
        },
        "limits": {"characters": settings.MESSAGE_MAX_CHARACTERS},
    }


def _contact(site: Site, wanted: dict[str, Any]) -> tuple[Session, Contact | None]:
    if vouched := wanted.get("contact_token"):
        try:
            vouched_for = identified_session(site, str(vouched)[:4000])
        except BadIdentity as bad:
            raise Refused("bad_contact_token", str(bad), status=401) from None
        _hand_over(site, wanted.get("anonymous_token"), vouched_for[1])
        return vouched_for
    try:
        session = read_token(wanted.get("token"))
    except BadToken:
        return anonymous(site.pk), None
    contact = Contact.objects.filter(site=site, key=session.key).first()
    if session.site_id != site.pk or (contact and contact.token_version != session.version):
        return anonymous(site.pk), None
    return session, contact


def _hand_over(site: Site, token: object, contact: Contact) -> None:
    """What is remembered of the anonymous visitor who has just identified becomes the contact's.

    Both are proven: the one by our signature on the session of the same browser, the other by the host site's.
    """
    try:
        session = read_token(token)
    except BadToken:
        return
    if session.site_id != site.pk or session.identified:
        return
    earlier = Contact.objects.filter(site=site, key=session.key, token_version=session.version).first()
    if earlier is not None:
        merge_contacts(earlier.pk, contact.pk)


def _conversation(contact: Contact | None, wanted: object) -> UUID:
    """The wanted one when it is theirs or new; else their newest that is not solved; else a fresh id."""
    try:
        named = UUID(str(wanted)) if wanted else None
    except ValueError:
        named = None
    if named and not Conversation.objects.filter(pk=named).exclude(contact=contact).exists():
        return named
    newest = Conversation.objects.filter(contact=contact).exclude(solved=True).first() if contact else None
    return newest.pk if newest else uuid4()
