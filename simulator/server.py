"""The server, in the process of whoever wants it."""

from types import TracebackType
from typing import Any, Self

from aiohttp import web

from simulator.control import START, control_routes
from simulator.exchange import LARGEST_BODY, STATE, State
from simulator.faults import Fault
from simulator.routes import vendor_routes
from simulator.settings import Settings


def make_app(settings: Settings) -> web.Application:
    """The application with these settings."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app[STATE], app[START] = State(), settings
    app[STATE].change(settings)
    app.add_routes(vendor_routes() + control_routes())
    return app


def addresses(host: str, port: int) -> dict[str, str]:
    """The base URLs for the SDKs (`anthropic`, `openai`) and of the simulator itself (`control`)."""
    root = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return {"anthropic": f"{root}/anthropic", "openai": f"{root}/v1", "control": f"{root}/_simulator"}


class Simulator:
    """`async with Simulator(time_to_first_token=0.2) as sim:` serves on a free port until the block ends.
    Raises SettingsError for settings that are not, and OSError when the port is taken."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, **settings: object) -> None:
        self.host, self.port = host, port
        self._start = Settings().changed(settings)
        self._app = make_app(self._start)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; `port` is then the real one."""
        # Without handler_cancellation a client that goes away in a long pause would be noticed after it.
        self._runner = web.AppRunner(self._app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port, backlog=2048).start()
        except OSError:
            await self.stop()
            raise
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def anthropic_url(self) -> str:
        return addresses(self.host, self.port)["anthropic"]

    @property
    def openai_url(self) -> str:
        return addresses(self.host, self.port)["openai"]

    @property
    def control_url(self) -> str:
        return addresses(self.host, self.port)["control"]

    def settings(self) -> dict[str, Any]:
        """The settings in force."""
        return self._app[STATE].settings.shown()

    def set(self, **settings: object) -> None:
        """Change settings. Raises SettingsError."""
        state = self._app[STATE]
        state.change(state.settings.changed(settings))

    def fault(self, kind: str, **parts: object) -> None:
        """Queue a fault. Raises SettingsError."""
        self._app[STATE].faults.add(Fault.read({"kind": kind, **parts}))

    def reset(self) -> None:
        """Forget counts, faults and levels, and go back to the settings of the start."""
        self._app[STATE].reset(self._start)

    def stats(self, requests: int | None = None, *, bodies: bool = True) -> dict[str, Any]:
        """The counts, with the last `requests` requests (all that are kept if None)."""
        return self._app[STATE].ledger.shown(requests, bodies)
