"""A board: a page of tiles and charts. `register` one, or add charts to somebody else's with `extend`."""

from dataclasses import dataclass, replace

from django.http import HttpRequest

from observability.dashboards.charts import Chart
from observability.dashboards.tiles import Tile

PERMISSION = "observability.view_dashboards"


@dataclass(frozen=True)
class Link:
    """To another page, for those with the permission. `name` is a URL's name: this package knows none of the apps."""

    title: str
    name: str
    permission: str


@dataclass(frozen=True)
class Board:
    """`slug` is in its address; `order` its place among the others; `permissions` are needed besides PERMISSION.

    Slugs of charts are unique within it. `hint` says in a sentence what it is for.
    """

    slug: str
    title: str
    hint: str
    charts: tuple[Chart, ...]
    tiles: tuple[Tile, ...] = ()
    order: int = 50
    links: tuple[Link, ...] = ()
    permissions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        slugs = [chart.slug for chart in self.charts]
        if len(set(slugs)) < len(slugs):
            raise ValueError(f"Two charts of the board {self.slug} have the same slug: {', '.join(slugs)}.")

    def seen_by(self, request: HttpRequest) -> bool:
        """Whether this person may look at it."""
        return bool(request.user.has_perms([PERMISSION, *self.permissions]))

    def charts_for(self, request: HttpRequest) -> list[Chart]:
        """Those of its charts that this person may see, with what this person may see of them."""
        may = request.user.has_perm
        return [chart.seen_by(may) for chart in self.charts if request.user.has_perms(chart.permissions)]


_boards: dict[str, Board] = {}


def register(board: Board) -> None:
    """Show it. Raises ValueError when another board has its slug."""
    if board.slug in _boards:
        raise ValueError(f"There is a board {board.slug} already: extend it, or choose another slug.")
    _boards[board.slug] = board


def extend(slug: str, *charts: Chart, tiles: tuple[Tile, ...] = ()) -> None:
    """Add to a board. Raises LookupError when there is none of this slug, ValueError for a chart's slug twice."""
    if slug not in _boards:
        raise LookupError(f"There is no board {slug}: register it first.")
    board = _boards[slug]
    _boards[slug] = replace(board, charts=(*board.charts, *charts), tiles=(*board.tiles, *tiles))


def all_boards() -> list[Board]:
    """All of them, in their order."""
    return sorted(_boards.values(), key=lambda board: (board.order, board.title))


def board_of(slug: str) -> Board | None:
    """The one of this slug."""
    return _boards.get(slug)
