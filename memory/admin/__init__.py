"""Articles, and what is remembered of contacts, in the admin. Imported for what it registers."""

from memory.admin import articles, contact, ignored, memories, policies

__all__ = ["articles", "contact", "ignored", "memories", "policies"]
