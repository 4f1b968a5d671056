"""`python -m simulator`: serve until SIGINT or SIGTERM. The first line on standard output is JSON with the
addresses, written when the port is open."""

import argparse
import asyncio
import json
import signal
import sys

import uvloop

from simulator.server import Simulator, addresses
from simulator.settings import ABOUT, SettingsError


def parser() -> argparse.ArgumentParser:
    """An option for each setting, beside host and port."""
    made = argparse.ArgumentParser(prog="python -m simulator", description="A simulated model provider.")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on")
    made.add_argument("--port", type=int, default=0, help="port; 0 takes a free one and prints it")
    made.add_argument("--until-input-ends", action="store_true", help="end when standard input is closed")
    for name, about in ABOUT.items():
        # A % in a help text is a format sign to argparse.
        made.add_argument(f"--{name.replace('_', '-')}", dest=name, type=read, help=about.replace("%", "%%"))
    made.set_defaults(**dict.fromkeys(ABOUT, _NOT_GIVEN))
    return made


_NOT_GIVEN = object()


def read(value: str) -> object:
    """The value of an option: JSON if it is (numbers, null, lists, objects), else the text itself."""
    try:
        return json.loads(value)
    except ValueError:
        return value


async def serve(host: str, port: int, settings: dict[str, object], *, until_input_ends: bool) -> None:
    """Serve until a signal asks for the end, or standard input closes if that is wanted."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if until_input_ends:
        loop.add_reader(sys.stdin.fileno(), ended.set)  # nobody writes to it: readable means closed
    async with Simulator(host=host, port=port, **settings) as simulator:
        sys.stdout.write(json.dumps(addresses(host, simulator.port)) + "\n")
        sys.stdout.flush()
        await ended.wait()


def main() -> int:
    """Exit status: 0 after a signal, 2 for options that are wrong or a port that is taken."""
    options = vars(parser().parse_args())
    host, port, attached = options.pop("host"), options.pop("port"), options.pop("until_input_ends")
    given = {name: value for name, value in options.items() if value is not _NOT_GIVEN}
    try:
        uvloop.run(serve(host, port, given, until_input_ends=attached))
    except SettingsError as error:
        lines = [f"--{name.replace('_', '-')} {problem}" for name, problem in error.problems.items()]
        sys.stderr.write("\n".join(lines) + "\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {host} port {port}: {error.strerror}. Give another --port, or 0.\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
