"""One timer for many waits, on both kinds of loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from routing.providers import ErrorKind, ProviderError, close_clients
from routing.providers.deadline import Deadline
from tests.routing.providers.speech import REQUEST, Speech, ask, provider_at
from tests.routing.providers.wire_server import Line, Request, wire_server

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


def on(new_loop: Callable[[], asyncio.AbstractEventLoop], scene: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await scene()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


async def wait(deadline: Deadline, seconds: float, what: Awaitable[object]) -> None:
    with deadline.within(seconds):
        await what


@pytest.mark.parametrize("new_loop", LOOPS)
def test_a_wait_that_is_too_long_times_out_and_the_next_does_not(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def scene() -> None:
        deadline = Deadline()
        start = time.monotonic()
        await wait(deadline, 10, asyncio.sleep(0.01))
        with pytest.raises(TimeoutError):
            await wait(deadline, 0.05, asyncio.sleep(60))
        assert time.monotonic() - start < 20
        await wait(deadline, 0.5, asyncio.sleep(0.1))
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        deadline.close()

    on(new_loop, scene)


async def test_time_between_waits_does_not_count() -> None:
    deadline = Deadline()
    await wait(deadline, 0.05, asyncio.sleep(0))
    await asyncio.sleep(0.1)
    await wait(deadline, 0.05, asyncio.sleep(0))
    deadline.close()


async def test_a_wait_without_any_time_left_succeeds_if_it_need_not_wait() -> None:
    deadline = Deadline()
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    await wait(deadline, -1, done)
    with pytest.raises(TimeoutError):
        await wait(deadline, -1, asyncio.sleep(5))


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    deadline = Deadline()
    task = asyncio.create_task(wait(deadline, 5, asyncio.sleep(5)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    deadline.close()


@pytest.mark.parametrize("new_loop", LOOPS)
def test_answers_and_stalls_are_the_same_on_both_loops(
    speech: Speech, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def answer(request: Request, line: Line) -> None:
        await line.begin()
        await line.piece(speech.opening + speech.delta("Yes."))
        if request.json()["model"] == REQUEST.model:
            await line.piece(speech.ending)
            await line.end()
        else:
            await line.gone()

    async def scene() -> None:
        async with wire_server(answer) as server:
            provider = provider_at(server.url, speech.vendor, stall_timeout=0.1)
            assert (await ask(provider))[0] == "Yes."
            stalling = type(REQUEST)("stalling", "", REQUEST.messages, 5)
            with pytest.raises(ProviderError) as caught:
                await ask(provider, stalling)
            assert caught.value.kind is ErrorKind.STALLED
            await close_clients()

    on(new_loop, scene)
