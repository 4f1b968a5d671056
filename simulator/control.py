"""The simulator's own interface below /_simulator: settings, faults, counts. It asks for no key: it is meant
for loopback."""

import json
from collections.abc import Mapping

from aiohttp import web

from simulator.exchange import STATE
from simulator.faults import Fault
from simulator.settings import Settings, SettingsError

START = web.AppKey("start", Settings)


def control_routes() -> list[web.RouteDef]:
    return [
        web.get("/_simulator/settings", show_settings),
        web.post("/_simulator/settings", change_settings),
        web.get("/_simulator/faults", show_faults),
        web.post("/_simulator/faults", add_faults),
        web.delete("/_simulator/faults", clear_faults),
        web.get("/_simulator/stats", show_stats),
        web.post("/_simulator/reset", start_again),
    ]


async def show_settings(request: web.Request) -> web.Response:
    return web.json_response(request.app[STATE].settings.shown())


async def change_settings(request: web.Request) -> web.Response:
    """Merge the object in the body into the settings: all of it or, with a 400 that says why, none."""
    state = request.app[STATE]
    try:
        state.change(state.settings.changed(await _object(request)))
    except SettingsError as error:
        return refused(error)
    return await show_settings(request)


async def show_faults(request: web.Request) -> web.Response:
    return web.json_response(request.app[STATE].faults.shown())


async def add_faults(request: web.Request) -> web.Response:
    """Queue the fault in the body, or each of a list of them; all or none."""
    try:
        body = await _json(request)
        faults = [Fault.read(_as_object(item)) for item in (body if isinstance(body, list) else [body])]
    except SettingsError as error:
        return refused(error)
    for fault in faults:
        request.app[STATE].faults.add(fault)
    return await show_faults(request)


async def clear_faults(request: web.Request) -> web.Response:
    request.app[STATE].faults.clear()
    return await show_faults(request)


async def show_stats(request: web.Request) -> web.Response:
    """The counts; `?requests=N` shows only the last N requests, `?bodies=0` leaves their bodies out."""
    last, bodies = request.query.get("requests"), request.query.get("bodies") != "0"
    if last is not None and not last.isdecimal():
        return refused(SettingsError({"requests": "must be a whole number of 0 or more"}))
    shown = request.app[STATE].ledger.shown(None if last is None else int(last), bodies)
    return web.json_response(shown)


async def start_again(request: web.Request) -> web.Response:
    """Forget counts, faults and levels, and go back to the settings of the start."""
    request.app[STATE].reset(request.app[START])
    return await show_settings(request)


def refused(error: SettingsError) -> web.Response:
    """400 with what is wrong, by name."""
    return web.json_response({"error": error.problems}, status=400)


async def _json(request: web.Request) -> object:
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError):
        raise SettingsError({"body": "must be JSON"}) from None


async def _object(request: web.Request) -> Mapping[str, object]:
    return _as_object(await _json(request))


def _as_object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SettingsError({"body": "must be a JSON object"})
    return value
