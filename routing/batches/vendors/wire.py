"""What both vendors' batch interfaces have in common: what a refusal of a new batch means."""

from routing.batches.vendors.types import NoBatches
from routing.providers import ErrorKind, ProviderError

NOT_THERE = (404, 405, 501)


def without_interface(error: ProviderError) -> None:
    """Raise NoBatches when the server does not know the address."""
    if error.status in NOT_THERE:
        raise NoBatches from None


def refused_for_good(error: ProviderError) -> bool:
    """Whether there is surely no batch: the server said no, or could not be asked as we are set up.

    After 5xx, or without any answer, there may be one.
    """
    if error.status is None:
        return error.kind in (ErrorKind.AUTH, ErrorKind.BAD_REQUEST)
    return error.status < 500 and error.status != 408
