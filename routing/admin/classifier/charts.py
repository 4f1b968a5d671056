"""Two plots as SVG, drawn by the server: calibration, and quality against the small model's share."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, LEFT, BOTTOM, PAD = 380, 260, 46, 36, 10
Point = tuple[float, float]


def calibration(bins: Sequence[dict[str, Any]]) -> SafeString:
    """Score said against share of complex ones; on the diagonal the score is what it says."""
    points = [(each["predicted"], each["actual"]) for each in bins]
    dots = format_html_join(
        "",
        '<circle cx="{}" cy="{}" r="{}"><title>{} messages: score {}, complex {}</title></circle>',
        (
            (*_at(point), _radius(each["count"]), each["count"], f"{point[0]:.2f}", f"{point[1]:.0%}")
            for point, each in zip(points, bins, strict=True)
        ),
    )
    diagonal = _line([(0, 0), (1, 1)], "ideal")
    return _plot(format_html("{}{}{}", diagonal, _line(points, "line"), dots), "Score", "Complex")


def curve(rows: Sequence[dict[str, Any]], chosen: float) -> SafeString:
    """Hard ones missed against simple ones to the small model; the ring is the threshold in use."""
    points = sorted((each["missed"], each["simple_small"]) for each in rows)
    now = min(rows, key=lambda each: abs(each["threshold"] - chosen), default=None)
    ring = format_html('<circle class="ring" cx="{}" cy="{}" r="7"></circle>', *_at(_point(now))) if now else ""
    dots = format_html_join(
        "",
        '<circle cx="{}" cy="{}" r="3"><title>{} of the hard ones missed, {} of the simple ones small</title></circle>',
        ((*_at(point), f"{point[0]:.1%}", f"{point[1]:.1%}") for point in points),
    )
    return _plot(format_html("{}{}{}", _line(points, "line"), dots, ring), "Hard ones missed", "Simple ones small")


def _point(row: dict[str, Any]) -> Point:
    return row["missed"], row["simple_small"]


def _at(point: Point) -> tuple[str, str]:
    """Where a point of the unit square lies in the picture."""
    x = LEFT + point[0] * (WIDTH - LEFT - PAD)
    y = HEIGHT - BOTTOM - point[1] * (HEIGHT - BOTTOM - PAD)
    return f"{x:.1f}", f"{y:.1f}"


def _radius(count: int) -> str:
    return f"{min(3 + count**0.5 / 4, 9):.1f}"


def _line(points: Sequence[Point], kind: str) -> SafeString:
    drawn = " ".join(",".join(_at(point)) for point in points)
    return format_html('<polyline class="{}" points="{}"></polyline>', kind, drawn)


def _plot(inside: SafeString, x: str, y: str) -> SafeString:
    marks = format_html_join(
        "",
        '<text class="x" x="{}" y="{}">{}</text><text class="y" x="{}" y="{}">{}</text>',
        (
            (_at((t, 0))[0], HEIGHT - BOTTOM + 15, f"{t:.0%}", LEFT - 6, _at((0, t))[1], f"{t:.0%}")
            for t in (0.0, 0.25, 0.5, 0.75, 1.0)
        ),
    )
    frame = _line([(0, 1), (0, 0), (1, 0)], "axis")
    names = format_html(
        '<text class="x" x="{}" y="{}">{}</text><text class="name" x="{}" y="{}">{}</text>',
        (WIDTH + LEFT) // 2, HEIGHT - 4, x, WIDTH - PAD, HEIGHT - BOTTOM - 8, f"↑ {y}",
    )  # fmt: skip
    return format_html(
        '<svg class="parley-plot" viewBox="0 0 {} {}" role="img" aria-label="{} against {}">{}{}{}{}</svg>',
        WIDTH, HEIGHT, y, x, frame, marks, names, inside,
    )  # fmt: skip
