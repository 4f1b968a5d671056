"""Content security policies of the widget's pages (CSP level 3)."""

import re
from collections.abc import Iterable

from people.origins import ANY, normal_origin

PLAIN_ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]_-]+")


def frame_policy(*, own: str, origins: Iterable[str]) -> str:
    """The policy of the framed chat: nothing but our own files, inside nothing but the allowed pages.

    `own` is the origin that the request was sent to. Sockets are named because older Safaris do not count
    them as 'self'.
    """
    return "; ".join(
        [
            *_own_files_only(),
            f"connect-src 'self' {own.replace('http', 'ws', 1)}",
            f"frame-ancestors {' '.join(_ancestors(origins))}",
        ]
    )


def page_policy() -> str:
    """The policy of the demo page: it holds the widget's frame, and nobody frames it."""
    return "; ".join([*_own_files_only(), "connect-src 'self'", "frame-src 'self'", "frame-ancestors 'none'"])


def _own_files_only() -> list[str]:
    return [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
    ]


def _ancestors(origins: Iterable[str]) -> list[str]:
    """`'self'` and the allowed origins. What could end the directive is left out, whoever wrote it."""
    listed = list(origins)
    if ANY in listed:
        return [ANY]
    normal = (normal_origin(line) for line in listed)
    return ["'self'", *(origin for origin in normal if origin and PLAIN_ORIGIN.fullmatch(origin))]
