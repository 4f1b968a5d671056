"""Where a memory comes from, and what it replaced: inside a staff scope."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.urls import NoReverseMatch, reverse

from memory.models import RememberedMessage, UserMemory

MOST = 1000  # superseded memories of one contact that are looked at
PAGE = 200  # messages on one page of a transcript
MARGIN = 20  # messages shown after the one that is linked to


def earlier(memories: Collection[UserMemory]) -> dict[int, list[UserMemory]]:
    """What each memory superseded, directly or not, the newest first. One query."""
    contacts = {each.contact_id for each in memories}
    gone = UserMemory.objects.filter(contact_id__in=contacts, superseded_by__isnull=False)
    gone = gone.defer("embedding", "searchable").order_by("-superseded_at")
    by_newer: dict[int | None, list[UserMemory]] = defaultdict(list)
    for each in gone[: MOST * len(contacts)]:
        by_newer[each.superseded_by_id].append(each)
    return {each.pk: _chain(each.pk, by_newer) for each in memories}


def _chain(memory_id: int, by_newer: dict[int | None, list[UserMemory]]) -> list[UserMemory]:
    found: dict[int, UserMemory] = {}
    layer = [memory_id]
    while layer:
        fresh = [each for newer in layer for each in by_newer.get(newer, []) if each.pk not in found]
        found |= {each.pk: each for each in fresh}
        layer = [each.pk for each in fresh]
    return list(found.values())


def source(memory: UserMemory) -> RememberedMessage | None:
    """Memory's own copy of the message that it was said in, as long as there is one."""
    if memory.source_message is None:
        return None
    return RememberedMessage.objects.filter(contact_id=memory.contact_id, message=memory.source_message).first()


def copies(memories: Collection[UserMemory]) -> int:
    """How many of memory's copies of messages these were said in."""
    own = RememberedMessage.objects.filter(contact_id__in={each.contact_id for each in memories})
    return own.filter(message__in={each.source_message for each in memories if each.source_message}).count()


def transcript_link(user: User | AnonymousUser, conversation: UUID | None, message: int | None) -> str:
    """The message's place in the transcript; "" for who may not read it, or where there is none.

    A transcript shows its newest messages: a message that is further up has a page on which it is.
    """
    if conversation is None or not user.has_perm("conversations.view_conversation"):
        return ""
    try:  # the app above has the page; without it there is nothing to link to
        page = reverse("admin:conversations_conversation_change", args=[conversation])
    except NoReverseMatch:
        return ""
    return f"{page}{_older(conversation, message)}#message-{message}" if message else page


def _older(conversation: UUID, message: int | None) -> str:
    after = RememberedMessage.objects.filter(conversation=conversation, message__gt=message or 0).order_by("message")
    newer = list(after.values_list("message", flat=True)[:PAGE])
    return f"?before={newer[MARGIN]}" if len(newer) >= PAGE - 1 else ""
