"""Statistics, alerts, logs and traces as they are stored."""

from observability.models.alerts import AlertChannel, AlertDelivery, AlertIncident, AlertProgress, AlertRule
from observability.models.dashboards import Dashboards
from observability.models.logs import (
    HeldLog,
    LogErasure,
    LoggedConversation,
    LogRecord,
    LogSettings,
    LogTally,
    RedactionPattern,
    SamplingPolicy,
)
from observability.models.traces import Trace

__all__ = [
    "AlertChannel",
    "AlertDelivery",
    "AlertIncident",
    "AlertProgress",
    "AlertRule",
    "Dashboards",
    "HeldLog",
    "LogErasure",
    "LogRecord",
    "LogSettings",
    "LogTally",
    "LoggedConversation",
    "RedactionPattern",
    "SamplingPolicy",
    "Trace",
]
