"""Filters of the list of turns. Their names are those of links from dashboards (observability.dashboards.behind)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib.admin import ListFilter
from django.db.models import F, OrderBy, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from conversations import ended
from conversations.admin.chips import Chip, complain
from conversations.admin.filters import ChosenFilter
from conversations.models import Turn, TurnState
from observability.dashboards.behind import Order
from observability.names import Kind, names

FROM, UNTIL = "finished_at__gte", "finished_at__lt"
BY_ORDER: dict[str, tuple[str | OrderBy, ...]] = {
    Order.SLOWEST: (OrderBy(F("took_for"), descending=True),),
    Order.FAILED: ("-finished_at",),
    Order.DEAREST: ("-cost",),
    Order.NEWEST: ("-finished_at",),
}


def ordering(request: HttpRequest) -> tuple[str | OrderBy, ...]:
    """As `order` says; where only a time is asked for its newest first, and else the newest of all."""
    asked = request.GET.get("order", "")
    narrowed = request.GET.get(FROM) or request.GET.get(UNTIL)
    return BY_ORDER.get(asked) or (("-finished_at",) if narrowed else ("-id",))


class OrderFilter(ChosenFilter):
    """Which come first, and so which are left out."""

    title, parameter_name = "what is looked for", "order"
    conditions = {
        Order.SLOWEST.value: ("Slowest first", {"finished_at__isnull": False}),
        Order.FAILED.value: ("Failed", {"state": TurnState.FAILED}),
        Order.DEAREST.value: ("Dearest first", {"cost__gt": 0}),
        Order.NEWEST.value: ("Ended last first", {"finished_at__isnull": False}),
    }


class StateFilter(ChosenFilter):
    """How far they are."""

    title, parameter_name = "state", "state"
    conditions = {state.value: (str(state.label), {"state": state.value}) for state in TurnState}


class EndedFilter(ListFilter):
    """From … to …, by when the turn ended, in UTC."""

    title, template = "when it ended (UTC)", "admin/conversations/turn/ended.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Turn], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.moments: dict[str, datetime] = {}
        wrong: list[str] = []
        for name, which in ((FROM, "begin"), (UNTIL, "end")):
            text = (params.pop(name, None) or [""])[-1].strip()
            self.used_parameters[name] = text
            if moment := _moment(text):
                self.moments[name] = moment
            elif text:
                wrong.append(f"“{text[:40]}” is no moment to {which} with: write it like 2026-11-24T09:30.")
        if len(self.moments) == 2 and self.moments[FROM] >= self.moments[UNTIL]:
            self.moments.clear()
            wrong.append("The last moment is not after the first.")
        complain(request, wrong)

    def has_output(self) -> bool:
        """Always."""
        return True

    def expected_parameters(self) -> list[str | None]:
        """Both."""
        return [FROM, UNTIL]

    def choices(self, _changelist: Any) -> Iterator[dict[str, Any]]:
        """The two fields, as the browser's own control writes moments."""
        yield {
            "fields": [
                (words, name, f"{moment:%Y-%m-%dT%H:%M:%S}" if (moment := self.moments.get(name)) else "")
                for words, name in (("From", FROM), ("to", UNTIL))
            ]
        }

    def queryset(self, _request: HttpRequest, turns: QuerySet[Turn]) -> QuerySet[Turn]:
        """Those that ended then."""
        return turns.filter(**self.moments)

    def chips(self) -> list[Chip]:
        """One for both."""
        first, last = self.moments.get(FROM), self.moments.get(UNTIL)
        if not (first or last):
            return []
        words = " ".join([f"from {_words(first)}"] * bool(first) + [f"to {_words(last, first)}"] * bool(last))
        return [Chip(f"Ended {words} UTC", {FROM: None, UNTIL: None})]


class NamedFilter(DropdownFilter):
    """Any of several rows that observability knows by name; each may be chosen whose row is gone."""

    multiple = True
    kind: Kind

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Turn], model_admin: Any) -> None:
        given = [text.strip() for text in params.get(self.kind, []) if text.strip()]
        self.ids = list(dict.fromkeys(int(text) for text in given if _is_id(text)))
        super().__init__(request, params, model, model_admin)
        bad = [text for text in given if not _is_id(text)]
        complain(request, [f"“{text[:40]}” is no number of {_article(self.kind)}." for text in bad[:3]])

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """All that there are, and those that were."""
        known = names(self.kind)
        gone = {each: _gone(self.kind, each) for each in self.ids if each not in known}
        return [(str(key), words) for key, words in {**known, **gone}.items()]

    def value(self) -> Any:
        """What is chosen."""
        return [str(each) for each in self.ids]

    def queryset(self, _request: HttpRequest, turns: QuerySet[Turn]) -> QuerySet[Turn]:
        """Those of any of them."""
        return turns.filter(ended.BY[self.kind](self.ids)) if self.ids else turns

    def chips(self) -> list[Chip]:
        """One for each."""
        known, title = names(self.kind), self.kind.capitalize()
        return [
            Chip(
                f"{title}: {known[each]}" if each in known else _gone(self.kind, each),
                {self.kind: [str(other) for other in self.ids if other != each] or None},
            )
            for each in self.ids
        ]


class SiteFilter(NamedFilter):
    """Where it was asked."""

    title, parameter_name, kind = "site", "site", "site"


class ModelFilter(NamedFilter):
    """What answered."""

    title, parameter_name, kind = "model", "model", "model"


class RuleFilter(NamedFilter):
    """What sent it there."""

    title, parameter_name, kind = "rule", "rule", "rule"


class AudienceFilter(NamedFilter):
    """Who asked."""

    title, parameter_name, kind = "audience", "audience", "audience"


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _article(kind: Kind) -> str:
    return f"an {kind}" if kind == "audience" else f"a {kind}"


def _gone(kind: Kind, number: int) -> str:
    return f"{kind.capitalize()} {number}, deleted"


def _moment(text: str) -> datetime | None:
    """In UTC, which is meant where no zone is named; None for what is no moment."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _words(moment: datetime | None, after: datetime | None = None) -> str:
    """The day is left out where it is that of `after`."""
    if moment is None:
        return ""
    clock = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
    return clock if after and after.date() == moment.date() else f"{moment:%-d %b %Y}, {clock}"
