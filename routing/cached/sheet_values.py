"""Single cells of an imported file: days, languages, links. Faults are added to a list, in words."""

import re
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

LANGUAGE = re.compile(r"[a-z]{2,3}")
MOST_SOURCES = 10


def day(name: str, value: Any, faults: list[str], *, end: bool = False) -> str:
    """A moment as ISO 8601 in our time zone, empty for none. A day alone is meant from midnight, or to its `end`."""
    if value in (None, ""):
        return ""
    moment = value if isinstance(value, datetime | date) else _read(str(value).strip())
    if moment is None:
        faults.append(f"{name.capitalize()}: write “{value}” as year-month-day, like 2027-01-31.")
        return ""
    if not isinstance(moment, datetime) or (end and moment.time() == time.min):
        moment = datetime.combine(moment, time(23, 59, 59) if end else time.min, getattr(moment, "tzinfo", None))
    return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).isoformat()


def _read(text: str) -> datetime | date | None:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def language(text: str, faults: list[str]) -> str:
    """Two or three letters in lower case; the region is left off, as a message's language has none."""
    code = text.lower().replace("_", "-").partition("-")[0]
    if code and not LANGUAGE.fullmatch(code):
        faults.append(f"The language “{text}” is no code: write two letters like en or de, or leave it empty.")
        return ""
    return code


def sources(text: str, faults: list[str]) -> list[dict[str, str]]:
    """Links from lines of "title | address", or an address alone."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        title, _, url = line.rpartition("|")
        title, url = title.strip(), url.strip()
        if not _is_link(url):
            faults.append(f"The source “{line[:80]}” has no address: write “title | https://…”.")
        else:
            found.append({"title": (title or urlsplit(url).netloc or url)[:200], "url": url})
    if len(found) > MOST_SOURCES:
        faults.append(f"There are {len(found)} sources, at most {MOST_SOURCES} are shown below an answer.")
    return found


def _is_link(url: str) -> bool:
    if len(url) > 500 or re.search(r"\s", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (parts.scheme in {"http", "https"} and bool(parts.netloc)) or (url.startswith("/") and url[1:2] != "/")
