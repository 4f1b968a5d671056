"""Routing rules in the admin: their list in its order, the builder, trying and replaying."""
