"""The vendors' batch interfaces behind one."""

from routing.batches.vendors.anthropic import MessageBatches
from routing.batches.vendors.openai import FileBatches
from routing.batches.vendors.types import (
    BatchApi,
    Found,
    Limits,
    Line,
    Lost,
    NoBatches,
    Progress,
    Reply,
    Result,
    Sought,
    Unsure,
)
from routing.providers import ProviderConfig, Vendor

_APIS: dict[Vendor, type[MessageBatches] | type[FileBatches]] = {
    Vendor.ANTHROPIC: MessageBatches,
    Vendor.OPENAI: FileBatches,
}


def api_for(config: ProviderConfig) -> BatchApi:
    """The batches of a provider."""
    return _APIS[config.vendor](config)


__all__ = [
    "BatchApi",
    "Found",
    "Limits",
    "Line",
    "Lost",
    "NoBatches",
    "Progress",
    "Reply",
    "Result",
    "Sought",
    "Unsure",
    "api_for",
]
