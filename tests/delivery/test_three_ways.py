"""An answer over websocket, server-sent events and polling: the same events, and none lost on the way to another."""

import asyncio
import itertools

import pytest
import redis

from tests.chat import KINDS, Chat
from tests.seed import GPT

LONG = "\n\n".join(f"Paragraph {number} is here for you to read, and takes its time." for number in range(12))


def numbers(chat):
    return [event["n"] for event in chat.events if event["type"] != "snapshot"]


@pytest.fixture
def slow(live_stack):
    """Answers that take some two seconds, in paragraphs."""
    live_stack.simulator.set(reply=LONG, tokens_per_second=90)
    return live_stack


@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_is_acknowledged_and_its_answer_streams_in(live_stack, kind):
    live_stack.simulator.set(reply="**Bold** words, then [a link](https://shop.example/a) and <b>tags</b>.")
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect(kind)
        await chat.wait_for("snapshot")
        ack = await chat.say("Where is my parcel?")
        assert ack["duplicate"] is False
        answer = await chat.wait_for("answer", turn=ack["turn"])
        kinds = [event["type"] for event in chat.events if event["type"] != "place"]
        assert kinds[:3] == ["snapshot", "accepted", "thinking"]
        assert set(kinds[3:-1]) == {"delta"}
        assert "<strong>Bold</strong>" in answer["message"]["html"]
        assert "<b>" not in answer["message"]["html"]
        assert chat.seen.texts()[0] == ("contact", "Where is my parcel?")


async def test_an_openai_model_answers_as_well_and_its_usage_is_stored(live_stack):
    async with Chat(live_stack.web[0].url, "gpt") as chat:
        await chat.open()
        await chat.connect()
        ack = await chat.say("Hello")
        await chat.wait_for("answer", turn=ack["turn"])
        query = "SELECT state, model_name, input_tokens > 0, output_tokens > 0 FROM conversations_turn WHERE id = %s"
        assert live_stack.rows(query, ack["turn"]) == [("answered", GPT, True, True)]


async def test_three_tabs_on_two_servers_see_the_same_events(slow):
    async with Chat(slow.web[0].url) as first:
        await first.open()
        async with (
            await first.another_tab(slow.web[1].url) as second,
            await first.another_tab(slow.web[1].url) as third,
        ):
            tabs = [first, second, third]
            for tab, kind in zip(tabs, KINDS, strict=True):
                await tab.connect(kind)
                await tab.wait_for("snapshot")
            ack = await third.say("Tell me a long story")
            for tab in tabs:
                await tab.wait_for("answer", turn=ack["turn"])
                assert tab.seen.texts() == first.seen.texts()
                assert tab.events[-1] == first.events[-1]
                assert tab.events[1]["message"]["id"] == ack["message"]


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(KINDS, 2)))
async def test_a_client_goes_on_in_mid_answer_another_way_on_another_server(slow, before, after):
    async with Chat(slow.web[0].url) as chat:
        await chat.open()
        await chat.connect(before)
        await chat.wait_for("snapshot")
        ack = await chat.say("Tell me a long story")
        await chat.wait_for("delta", turn=ack["turn"])
        await chat.disconnect()
        assert ack["turn"] not in chat.seen.answers
        await asyncio.sleep(0.3)  # something is to be missed; nothing is waited for
        await chat.connect(after, slow.web[1].url)
        answer = await chat.wait_for("answer", turn=ack["turn"])
        assert chat.seen.snapshots == 1
        assert answer["message"]["text"] == LONG
        assert len(numbers(chat)) == len(set(numbers(chat)))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_page_that_is_reloaded_in_mid_answer_shows_what_was_there_and_goes_on(slow, kind):
    async with Chat(slow.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        ack = await chat.say("Tell me a long story")
        await chat.wait_for("delta", turn=ack["turn"])
        async with await chat.another_tab(slow.web[1].url) as reloaded:
            assert (await reloaded.open())["conversation"] == chat.conversation
            await reloaded.connect(kind)
            snapshot = await reloaded.wait_for("snapshot")
            assert [turn["turn"] for turn in snapshot["turns"]] == [ack["turn"]]
            assert snapshot["turns"][0]["blocks"]
            answer = await reloaded.wait_for("answer", turn=ack["turn"])
            assert answer["message"]["text"] == LONG


@pytest.mark.parametrize("kind", KINDS)
async def test_a_client_whose_events_are_gone_gets_the_transcript(live_stack, kind):
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect(kind)
        await chat.answer(await chat.say("First question"))
        shown = chat.seen.texts()
        await chat.disconnect()
        forget_events(live_stack, chat.conversation)
        await chat.connect(kind)
        await chat._until(lambda: chat.seen.snapshots == 2 or None, "a second snapshot", 10)
        assert chat.seen.texts() == shown
        await chat.answer(await chat.say("Second question"))
        assert len(chat.seen.answers) == 2


def forget_events(stack, conversation):
    with redis.Redis.from_url(stack.valkey.url) as client:
        keys = list(client.scan_iter(f"*{conversation}*"))
        assert keys
        client.delete(*keys)


async def test_events_that_go_while_a_client_is_connected_are_replaced_by_a_snapshot(live_stack):
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        await chat.answer(await chat.say("First question"))
        forget_events(live_stack, chat.conversation)
        await chat.answer(await chat.say("Second question"))
        assert len(chat.seen.answers) == 2


async def test_a_second_tab_shows_what_was_said_in_the_first(live_stack):
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        async with await chat.another_tab(live_stack.web[1].url) as tab:
            await chat.connect()
            await tab.connect("stream")
            await tab.wait_for("snapshot")
            ack = await chat.say("Hello from the first tab")
            accepted = await tab.wait_for("accepted")
            assert accepted["message"]["text"] == "Hello from the first tab"
            assert (accepted["turn"], accepted["message"]["id"]) == (ack["turn"], ack["message"])
            await tab.answer(ack)


async def test_a_message_that_is_sent_again_and_at_once_is_one_message(live_stack):
    frame = {"type": "message", "id": "7b0c9f3e-54c2-4bb2-9b4f-1d6a5f0c1a01", "text": "Only once"}
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        others = [(await chat.post(frame)).json() for _ in range(2)]
        at_once = [response.json() for response in await asyncio.gather(*[chat.post(frame) for _ in range(8)])]
        by_socket = await chat.send(frame)
        replies = [*others, *at_once, by_socket]
        assert {reply["type"] for reply in replies} == {"ack"}
        assert len({(reply["message"], reply["turn"]) for reply in replies}) == 1
        assert [reply["duplicate"] for reply in replies] == [False] + [True] * 10
        await chat.answer(by_socket)
        assert await chat.poll() == []
        requests = live_stack.simulator.stats()["recent"]  # what earlier tests left to remember may be asked as well
        assert len([each for each in requests if each["stream"] and frame["text"] in str(each["body"])]) == 1


async def test_messages_sent_in_a_row_are_answered_in_order_one_at_a_time(live_stack):
    live_stack.simulator.set(reply="You said: {message}", tokens_per_second=200)
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        acks = [await chat.say(f"Number {number}") for number in range(4)]
        await chat.wait_for("answer", turn=acks[-1]["turn"])
        answered = [event["turn"] for event in chat.events if event["type"] == "answer"]
        assert answered == [ack["turn"] for ack in acks]
        started = [event["turn"] for event in chat.events if event["type"] in ("thinking", "answer")]
        assert started == [ack["turn"] for ack in acks for _ in range(2)]
