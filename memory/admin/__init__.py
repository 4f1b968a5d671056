"""Articles, and what is remembered of contacts, in the admin. Imported for what it registers."""

from memory.admin import articles

__all__ = ["articles"]
