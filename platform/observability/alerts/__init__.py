"""Alerts: which rules fire and fired."""

from observability.alerts.incidents import afiring, firing, firing_now

__all__ = ["afiring", "firing", "firing_now"]
