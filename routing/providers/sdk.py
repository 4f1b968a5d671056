"""The vendors' SDKs: each is imported when a provider needs it, which takes seconds and tens of MiB."""

import asyncio
import functools
import ssl
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

from routing.providers.types import Vendor

_loaded: dict[Vendor, ModuleType] = {}


def sdk(vendor: Vendor) -> ModuleType:
    """The SDK's module."""
    return _loaded.get(vendor) or _load(vendor)


async def loaded(vendor: Vendor) -> None:
    """Return when it is imported. The first one to need it waits; the loop does not."""
    if vendor not in _loaded:
        await asyncio.to_thread(_load, vendor)


def warm_up(vendors: Iterable[Vendor] = Vendor) -> None:
    """Import these now rather than beside the first turns."""
    for vendor in vendors:
        _load(vendor)


def _load(vendor: Vendor) -> ModuleType:
    module = import_module("anthropic" if vendor is Vendor.ANTHROPIC else "openai")
    _ = module.DefaultAioHttpClient  # both SDKs import much of themselves on first use
    trusted()
    _loaded[vendor] = module
    return module


@functools.cache
def trusted() -> ssl.SSLContext:
    """The trusted certificates, loaded once for the process: it takes tens of milliseconds."""
    import httpx2

    return httpx2.create_ssl_context()
