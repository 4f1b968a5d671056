"""What an address asks of a board: its range and filters, checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from observability.dashboards.ranges import Range, range_of
from observability.dashboards.reading import Reader
from observability.names import Kind, names
from observability.statistics import Where

FILTERS: dict[Kind, str] = {"site": "Site", "model": "Model", "rule": "Rule", "audience": "Audience"}
ALL = {"site": "All sites", "model": "All models", "rule": "All rules", "audience": "All audiences"}


class BadFilter(ValueError):
    """A filter that is no number; the message is for people."""


@dataclass(frozen=True)
class Asked:
    """`since`: only what is newer is wanted (seconds since 1970), or None.

    `parts`: the slugs of the charts that are wanted, and "tiles"; None: all.
    """

    range: Range
    where: Where
    compare: bool
    since: int | None
    parts: frozenset[str] | None = None

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """Raises BadRange or BadFilter."""
        since = query.get("since", "")
        return cls(
            range_of(query.dict()),  # type: ignore[arg-type]
            where_of(query),
            query.get("compare") == "1",
            int(since) if since.isdigit() and len(since) < 12 else None,
            frozenset(query.get("parts", "").split(",")) if "parts" in query else None,
        )

    def wants(self, part: str) -> bool:
        """Whether it is one of `parts`."""
        return self.parts is None or part in self.parts

    def reader(self) -> Reader:
        """What it reads."""
        part = None if self.since is None else self.range.since(self.since)
        return Reader(self.range, self.where, part, self.compare)


def where_of(query: QueryDict) -> Where:
    """The filters; each may be repeated."""
    ids = {name: _ids(query.getlist(name), title) for name, title in FILTERS.items()}
    return Where(sites=ids["site"], models=ids["model"], rules=ids["rule"], audiences=ids["audience"])


def _ids(texts: list[str], title: str) -> tuple[int, ...]:
    given = [text for text in texts if text]
    if bad := [text for text in given if not (text.isascii() and text.isdigit() and len(text) < 19)]:
        raise BadFilter(f"{title}: “{bad[0][:40]}” does not exist. Choose one from the list.")
    return tuple(int(text) for text in given)


def choices(request: HttpRequest) -> list[dict[str, object]]:
    """For the form above a board: each filter with its names, and what is chosen."""
    return [_choice(name, title, names(name), request.GET.get(name, "")) for name, title in FILTERS.items()]


def _choice(name: str, title: str, named: Mapping[int, str], chosen: str) -> dict[str, object]:
    options = sorted(((str(key), label) for key, label in named.items()), key=lambda option: option[1].casefold())
    if chosen and chosen not in dict(options):
        options.append((chosen, f"{title} {chosen[:20]}, deleted"))
    return {"name": name, "title": title, "all": ALL[name], "options": options, "chosen": chosen}
