"""Routing rules in the admin: their list in its order, the builder, trying and replaying."""

from routing.admin.rules import page

__all__ = ["page"]
