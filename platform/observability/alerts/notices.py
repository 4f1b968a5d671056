"""What is told: the JSON of a webhook, of which an e-mail is the words."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from observability.alerts import links, words
from observability.models import AlertChannel, AlertDelivery, AlertIncident

Event = AlertDelivery.Event
HEADS = {Event.OPENED: "Alert", Event.RESOLVED: "Over", Event.TEST: "Test"}


def notice(incident: AlertIncident, event: AlertDelivery.Event) -> dict[str, Any]:
    """The message about an alert: plain values, times in ISO 8601 (UTC). docs/administrators.md names the fields."""
    return {
        "event": f"alert.{event.value}",
        "alert": incident.pk,
        "rule": incident.name,
        "severity": incident.severity,
        "of": incident.group_name,
        "reason": incident.reason,
        "figure": incident.figure,
        "measure": incident.measure,
        "direction": incident.direction,
        "threshold": incident.threshold,
        "worst": incident.worst,
        "unit": words.unit(incident.figure, incident.measure).value,
        "worst_words": words.value(incident, incident.worst),
        "began_at": _iso(incident.began_at),
        "opened_at": _iso(incident.opened_at),
        "resolved_at": _iso(incident.resolved_at),
        "ending": incident.ending,
        "note": incident.rule.note if incident.rule else "",
        "links": {
            "alert": links.absolute(links.page(incident)),
            "dashboard": links.absolute(links.dashboard(incident)),
        },
    }


def trial(channel: AlertChannel) -> dict[str, Any]:
    """The message of the "send a test" button."""
    return {
        "event": f"alert.{Event.TEST.value}",
        "rule": "A test",
        "severity": "info",
        "of": "",
        "reason": f"Somebody asked to test the channel {channel.name}. Nothing is wrong.",
        "opened_at": _iso(timezone.now()),
    }


def subject(payload: dict[str, Any]) -> str:
    """Of an e-mail: one line."""
    head = HEADS[Event(payload["event"].removeprefix("alert."))]
    of = f" ({payload['of']})" if payload["of"] else ""
    return " ".join(f"[Parley] {head}: {payload['rule']}{of}".split())[:200]


def body(payload: dict[str, Any]) -> str:
    """Of an e-mail: plain text."""
    return "\n\n".join(
        part for part in (payload["reason"], _times(payload), payload.get("note"), _links(payload)) if part
    )


def _times(payload: dict[str, Any]) -> str:
    if not payload.get("began_at"):
        return ""
    lines = [f"Bad since: {_read(payload['began_at'])}", f"Fired:     {_read(payload['opened_at'])}"]
    if payload["resolved_at"]:
        why = AlertIncident.Ending(payload["ending"]).label
        lines += [f"Over:      {_read(payload['resolved_at'])} ({why[:1].lower()}{why[1:]})"]
    return "\n".join([*lines, f"Worst:     {payload['worst_words']}"])


def _links(payload: dict[str, Any]) -> str:
    found = payload.get("links", {})
    return "\n".join(f"{name.capitalize()}: {address}" for name, address in found.items() if address)


def _iso(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None


def _read(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
