"""Pages of the admin about what was seen. Imported for what they register."""

from observability.admin import (
    alerts,
    alerts_channels,
    alerts_incidents,
    dashboards,
    logs,
    logs_sampling,
    logs_settings,
)

__all__ = ["alerts", "alerts_channels", "alerts_incidents", "dashboards", "logs", "logs_sampling", "logs_settings"]
