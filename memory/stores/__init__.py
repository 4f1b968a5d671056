"""Where memories' vectors are searched, chosen in settings the way CACHES are.

    MEMORY = {"STORE": {"BACKEND": "memory.stores.pgvector.PgVectorStore", "OPTIONS": {}}}

`store()` is the process's one instance.
"""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from memory.stores.base import Entry, Store

__all__ = ["Entry", "Store", "store"]

DEFAULT = "memory.stores.pgvector.PgVectorStore"


@cache
def store() -> Store:
    """The store that settings name. Raises ImproperlyConfigured when there is none by that name."""
    chosen = getattr(settings, "MEMORY", {}).get("STORE", {})
    backend = chosen.get("BACKEND", DEFAULT)
    try:
        found = import_string(backend)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"MEMORY['STORE']['BACKEND'] is {backend!r}, which cannot be imported ({error}). "
            f"Name a class like {DEFAULT!r}."
        ) from error
    if not (isinstance(found, type) and issubclass(found, Store)):
        raise ImproperlyConfigured(f"MEMORY['STORE']['BACKEND'] {backend!r} is not a subclass of Store.")
    return found(**chosen.get("OPTIONS", {}))


def _forget(*, setting: str, **_: object) -> None:
    if setting == "MEMORY":
        store.cache_clear()


setting_changed.connect(_forget)
