"""Redis connections whose sends can be cancelled."""

import asyncio
from collections.abc import Iterable
from typing import Any

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError


class CancellableSends(AbstractConnection):
    """Mixed into redis-py's connection classes.

    Their sends go through `asyncio.wait_for`, which in Python 3.11 returns the result and swallows a cancellation that
    comes as the send completes (cpython#86296, mended in 3.12): the task then lives on, and a stopped turn with it. It
    also makes a task for each command; this does not.
    """

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        """Write the command. Raises redis's TimeoutError, ConnectionError; any failure closes the connection."""
        if not self.is_connected:
            await self.connect_check_health(check_health=False)
        if check_health:
            await self.check_health()  # type: ignore[no-untyped-call]
        try:
            await self._write(command)
        except TimeoutError:
            await self.disconnect(nowait=True)
            raise RedisTimeoutError("Timeout writing to socket") from None
        except OSError as error:
            await self.disconnect(nowait=True)
            raise RedisConnectionError(f"Error while writing to socket: {error}") from error
        except BaseException:
            await self.disconnect(nowait=True)
            raise

    async def _write(self, command: bytes | str | Iterable[bytes]) -> None:
        parts = [command.encode()] if isinstance(command, str) else [command] if isinstance(command, bytes) else command
        writer = self._writer
        if writer is None:
            raise RedisConnectionError("The connection was closed")
        writer.writelines(parts)
        async with asyncio.timeout(self.socket_timeout):
            await writer.drain()


def cancellable(pool: Any) -> Any:
    """The pool, with connections of this kind: TCP, TLS or a local socket, as its URL says."""
    pool.connection_class = type("Cancellable", (CancellableSends, pool.connection_class), {})
    return pool
