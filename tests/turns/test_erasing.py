"""What a contact said is nowhere any more once the contact is erased: in no table, and in nothing that Redis keeps."""

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from conversations.models import Conversation, Message, Turn
from conversations.turns.run import run_turn
from memory.remember import rights
from observability.logs.writing import flush
from parley.background import settled
from people.models import Contact
from routing.models import CachedAnswer, CacheMatch, RoutingLabel
from tests.memory.remembering import read

pytestmark = pytest.mark.django_db(transaction=True)
MARK = "quibblewax"
SAID = f"My name is {MARK.title()} and I live in Berlin. When are you open?"
TRANSCRIPT = {"conversations_message", "conversations_conversation"}
ELSEWHERE = {"memory_rememberedmessage", "memory_usermemory", "routing_cachematch", "routing_routinglabel"}


@pytest.fixture
async def said(say, redis_clean, session):
    """The conversation of a contact who said it; answered, remembered, logged, with a near miss and a label of it."""
    accepted = await say(SAID)
    await run_turn(accepted.turn)
    await settled()
    contact = await Contact.objects.aget(key=session.key)
    await read(contact.pk)
    turn = await Turn.objects.aget(pk=accepted.turn)
    answer = await CachedAnswer.objects.acreate(text="From 9 to 17.", state=CachedAnswer.State.APPROVED)
    await CacheMatch.objects.acreate(answer=answer, turn_id=turn.pk, question=SAID, served=False)
    await RoutingLabel.objects.acreate(text=SAID, value="simple", source="thumb", message_id=turn.message_id)
    await say(f"{MARK} waits", accepted.conversation)
    await sync_to_async(flush)()
    return await Conversation.objects.aget(pk=accepted.conversation)


def tables_with(word: str) -> set[str]:
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SET parley.staff = 'on'")  # else row-level security shows nothing
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT EXISTS (SELECT FROM {name} AS each WHERE each::text ILIKE %s)", [f"%{word}%"])
            found |= {table} if cursor.fetchone()[0] else set()
        cursor.execute("RESET parley.staff")
    return found


READ = {
    b"string": lambda redis, key: redis.get(key),
    b"list": lambda redis, key: redis.lrange(key, 0, -1),
    b"set": lambda redis, key: redis.smembers(key),
    b"zset": lambda redis, key: redis.zrange(key, 0, -1),
    b"hash": lambda redis, key: redis.hgetall(key),
    b"stream": lambda redis, key: redis.xrange(key),
}


def keys_with(redis, *words: str) -> set[bytes]:
    """Names of keys count, too: logs are compressed, and named after their conversations."""
    found = set()
    for key in redis.scan_iter():
        content = f"{key} {READ[redis.type(key)](redis, key)}".casefold()
        found |= {key} if any(word in content for word in words) else set()
    return found


async def test_what_a_contact_said_is_nowhere_once_the_contact_is_deleted(said, redis_clean):
    before = await sync_to_async(tables_with)(MARK)
    assert before >= TRANSCRIPT | ELSEWHERE
    own = (MARK, str(said.pk), said.pk.hex)
    names = " ".join(key.decode() for key in keys_with(redis_clean, *own))
    assert f"{{{said.pk}}}:events" in names
    assert f"parley:{{held}}:{said.pk.hex}:first" in names
    assert "rq:job:" in b" ".join(redis_clean.scan_iter()).decode()
    contact = await Contact.objects.aget(pk=said.contact_id)
    await contact.adelete()
    assert await sync_to_async(tables_with)(MARK) == set()
    assert keys_with(redis_clean, *own) == set()


async def test_what_is_forgotten_stays_in_the_transcript_alone(said, redis_clean):
    await sync_to_async(rights.forget_everything)(said.contact_id)
    assert await sync_to_async(tables_with)(MARK) == TRANSCRIPT
    assert await Message.objects.filter(conversation=said, text=SAID).acount() == 1
    assert {b"events" in key for key in keys_with(redis_clean, MARK)} == {True}
