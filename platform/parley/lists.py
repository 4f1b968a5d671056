"""Lists of tables that grow without end."""

from typing import Any

from django.http import HttpRequest
from unfold.views import ChangeList


class GrowingChangeList(ChangeList):
    """Counts the rows once: without a filter or a search, all rows are those that were found."""

    def get_results(self, request: HttpRequest) -> None:
        """Without this, an unfiltered list offers to "show all" of what it shows."""
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class GrowingListMixin:
    """For a ModelAdmin whose table is too large to be counted twice for one page."""

    show_full_result_count = False

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        """See GrowingChangeList."""
        return GrowingChangeList
