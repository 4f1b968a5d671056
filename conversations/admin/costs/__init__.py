"""Pages about money: what was spent, and what was saved. Imported for what it registers."""

from conversations.admin.costs import page

__all__ = ["page"]
