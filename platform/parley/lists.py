"""Lists of tables that grow without end, and of what nobody writes by hand."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList


class GrowingChangeList(ChangeList):
    """Counts the rows once: without a filter or a search, all rows are those that were found."""

    def get_results(self, request: HttpRequest) -> None:
        """Without this, an unfiltered list offers to "show all" of what it shows, and one that is not counted to its
        end says in its title that it was.
        """
        super().get_results(request)
        narrowed = self.query or self.has_active_filters
        if not narrowed or getattr(self.paginator, "more", False):
            self.full_result_count = self.result_count


class GrowingListMixin:
    """For a ModelAdmin whose table is too large to be counted twice for one page."""

    show_full_result_count = False

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        """See GrowingChangeList."""
        return GrowingChangeList


class ReadOnlyMixin:
    """For a ModelAdmin of what comes and goes by itself: it is looked at, by those who may view it."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Nobody may."""
        return False


class BoundedPaginator(Paginator):  # type: ignore[type-arg] # generic only to the stubs
    """Counts no further than MOST rows, and has no pages beyond them: who looks for something narrows the list down.

    As the `paginator` of a ModelAdmin whose table is too large to be counted even once.
    """

    MOST = 10_000
    template_name = "admin/bounded_pages.html"
    object_list: QuerySet[Any]

    @cached_property
    def found(self) -> int:
        """How many rows there are, up to one more than MOST."""
        return self.object_list.order_by().values("pk")[: self.MOST + 1].count()

    @cached_property
    def count(self) -> int:
        """As far as there are pages."""
        return min(self.found, self.MOST)

    @property
    def more(self) -> bool:
        """Whether there are more rows than that."""
        return self.found > self.MOST

    @property
    def words(self) -> str:
        """How many rows there are, as far as that is known: 37, 4,200, more than 10,000."""
        return f"{'more than ' if self.more else ''}{self.count:,}"
