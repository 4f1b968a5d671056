"""Memory of processes that live long: Python's garbage collector, and what the C library keeps."""

import ctypes
import gc

YOUNG = 20_000
"""Objects between two collections of the youngest; Python's 700 mean thousands of collections for each second here."""


def collect_less() -> None:
    """Look for garbage more rarely."""
    gc.set_threshold(YOUNG, 20, 50)


def settle_down() -> None:
    """Call it when everything is imported and warm: what is there now is never looked at again.

    With the vendors' SDKs loaded a full collection holds every thread for 0.3 to 0.7 s, and with it every stream.
    """
    gc.collect()
    _trim()
    gc.freeze()
    collect_less()


def _trim() -> None:
    """Give back what loading the embedding model has used for a moment, 26 to 60 MiB: glibc would keep it."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
