"""A worker that is asked to end in the middle of an answer: deployments cost nobody an answer."""

import signal

import pytest

from tests.chat import Chat

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
LONG = "\n\n".join(f"Paragraph {number} is here for you to read, and takes its time." for number in range(20))


def worker_of(stack, turn):
    [owner] = stack.wait_for_row("SELECT owner FROM conversations_turn WHERE id = %s AND state = 'running'", turn)
    [worker] = [worker for worker in stack.workers if f"-{worker.process.pid}-" in owner]
    return worker


@pytest.mark.parametrize(("signals", "attempt"), [(1, 1), (2, 2)])
async def test_the_first_signal_lets_it_finish_and_the_second_gives_the_turn_to_another(live_stack, signals, attempt):
    live_stack.simulator.set(reply=LONG, tokens_per_second=100)
    async with Chat(live_stack.web[0].url) as chat:
        await chat.open()
        await chat.connect()
        ack = await chat.say("Tell me a long story")
        await chat.wait_for("delta", turn=ack["turn"])
        process = worker_of(live_stack, ack["turn"]).process
        process.send_signal(signal.SIGTERM)
        if signals == 2:
            with pytest.raises(Exception, match="timed out"):
                process.wait(1.1)  # two within a second count as one
            process.send_signal(signal.SIGTERM)
        assert (await chat.answer(ack, patience=30))["text"] == LONG
        assert process.wait(15) == 0
        assert live_stack.rows("SELECT attempt FROM conversations_turn WHERE id = %s", ack["turn"]) == [(attempt,)]
