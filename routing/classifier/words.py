"""What a report says, in words."""

from typing import Any


def percent(share: float | None) -> str:
    """A share for people; a dash where it is not known."""
    if share is None:
        return "–"
    return f"{100 * share:.1f}".rstrip("0").rstrip(".") + " %"


def outcome(report: dict[str, Any]) -> str:
    """The report in two or three sentences."""
    chosen = report["chosen"]
    small, missed, bound = (percent(chosen[name]) for name in ("simple_small", "missed", "bound"))
    quality = f"AUC {report['auc']:.3f} ± {report['auc_spread']:.3f} on held-out labels."
    said = (
        f"{quality} Threshold {chosen['threshold']:.3f}: {small} of the simple messages to the small model, "
        f"and {missed} of the hard ones (at most {bound}, with 95 % confidence)."
    )
    return said if chosen["holds"] else f"{said} {too_few(report)}"


def too_few(report: dict[str, Any]) -> str:
    """Why the asked bound could not be shown."""
    return (
        f"There are too few complex messages to show that at most {percent(report['allowed'])} are missed: "
        "the threshold is the one that missed none of them. Label more."
    )
