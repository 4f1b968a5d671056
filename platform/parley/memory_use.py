"""Python's garbage collector in processes that live long."""

import gc

YOUNG = 20_000
"""Objects between two collections of the youngest; Python's 700 mean thousands of collections for each second here."""


def settle_down() -> None:
    """Call it when everything is imported and warm: what is there now is never looked at again.

    With the vendors' SDKs loaded a full collection holds every thread for 0.3 to 0.7 s, and with it every stream.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
