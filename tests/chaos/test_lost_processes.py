"""Whoever is killed, every accepted message gets one answer, and clients that stay see it."""

import pytest

from tests.chat import Chat

pytestmark = pytest.mark.chaos
LONG = "\n\n".join(f"Paragraph {number} is here for you to read, and takes its time." for number in range(20))


@pytest.fixture
def slow(live_stack):
    """Answers that take some three seconds."""
    live_stack.simulator.set(reply=LONG, tokens_per_second=100)
    return live_stack


def worker_of(stack, turn):
    """The process that carries a turn. An owner's name holds the number of its process."""
    [owner] = stack.wait_for_row("SELECT owner FROM conversations_turn WHERE id = %s AND state = 'running'", turn)
    [worker] = [worker for worker in stack.workers if f"-{worker.process.pid}-" in owner]
    return worker


def answers(stack, turn):
    return stack.rows("SELECT text FROM conversations_message WHERE turn_id = %s", turn)


async def test_a_worker_killed_in_mid_answer_ends_in_one_whole_answer_for_a_client_that_stays(slow):
    async with Chat(slow.web[0].url) as chat:
        await chat.open()
        await chat.connect("poll")  # bench/recovery.py follows by all three ways
        await chat.wait_for("snapshot")
        ack = await chat.say("Tell me a long story")
        await chat.wait_for("delta", turn=ack["turn"])
        worker_of(slow, ack["turn"]).kill()
        again = await chat.wait_for("thinking", turn=ack["turn"], attempt=2)
        answer = await chat.wait_for("answer", turn=ack["turn"])
        assert answer["message"]["text"] == LONG
        assert answers(slow, ack["turn"]) == [(LONG,)]
        assert chat.seen.snapshots == 1, "the client was told without having to start anew"
        assert chat.events.index(again) < chat.events.index(answer)


@pytest.mark.slow  # two workers start anew: seconds of importing
async def test_every_turn_of_a_killed_worker_is_answered_once(slow):
    slow.simulator.set(tokens_per_second=None, time_to_first_token=1.0, reply="Done")
    async with Chat(slow.web[0].url) as chat:
        await chat.open()
        tabs = [chat]
        for _ in range(7):
            tab = Chat(slow.web[0].url)
            await tab.open()
            tabs.append(tab)
        acks = [await tab.say("Hello") for tab in tabs]
        slow.wait_for_row("SELECT 1 FROM conversations_turn WHERE state = 'running'")
        for worker in slow.workers:
            worker.kill()
        for worker in slow.workers:
            worker.start()
        for tab, ack in zip(tabs, acks, strict=True):
            await tab.connect("socket")
            assert (await tab.answer(ack, patience=90))["text"] == "Done"
            assert answers(slow, ack["turn"]) == [("Done",)]
            await tab.disconnect()


async def test_a_killed_web_server_costs_its_clients_nothing_but_a_connection_to_the_other(slow):
    async with Chat(slow.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        ack = await chat.say("Tell me a long story")
        await chat.wait_for("delta", turn=ack["turn"])
        slow.web[0].kill()
        await chat.wait_for_close()
        await chat.connect("socket", slow.web[1].url)
        answer = await chat.wait_for("answer", turn=ack["turn"])
        assert answer["message"]["text"] == LONG
        assert chat.seen.snapshots == 1


async def test_a_message_whose_web_server_was_killed_after_the_acknowledgement_is_answered(slow):
    slow.simulator.set(tokens_per_second=None, reply="Done")
    async with Chat(slow.web[0].url) as chat:
        await chat.open()
        ack = await chat.say("Hello")
        slow.web[0].kill()
        await chat.connect("stream", slow.web[1].url)
        assert (await chat.answer(ack))["text"] == "Done"


async def test_a_frozen_worker_that_wakes_up_does_not_answer_a_second_time(slow):
    async with Chat(slow.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        ack = await chat.say("Tell me a long story")
        await chat.wait_for("delta", turn=ack["turn"])
        worker = worker_of(slow, ack["turn"])
        with worker.frozen():
            await chat.wait_for("thinking", turn=ack["turn"], attempt=2)
        await chat.wait_for("answer", turn=ack["turn"])
        await chat.answer(await chat.say("And another"))
        assert answers(slow, ack["turn"]) == [(LONG,)]
