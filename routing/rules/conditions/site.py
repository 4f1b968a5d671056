"""Where the message came from: for rules of some sites, but not of one or of all."""

from dataclasses import dataclass
from typing import Self

from people.models import Site
from routing.question import Question
from routing.rules.conditions.base import Condition, Outcome, condition
from routing.rules.fields import Field, Params, ids, refuse_unknown


@condition
@dataclass(frozen=True)
class OfSite(Condition):
    """One of some sites."""

    kind = "site"
    title = "Site"
    place = 110
    exact = True
    help = "The visitor writes to one of these sites."
    of_text = False

    sites: tuple[int, ...]

    @classmethod
    def fields(cls) -> list[Field]:
        """The sites."""
        offered = tuple(Site.objects.order_by("name").values_list("pk", "name"))
        return [Field("sites", "Sites", "choices", choices=offered)]

    @classmethod
    def parse(cls, params: Params) -> Self:
        """Raises ValidationError."""
        refuse_unknown(cls, params)
        return cls(ids(params, "sites", most=500, missing="Choose at least one site."))

    def holds(self, question: Question) -> Outcome:
        """Says whether it is one of them."""
        held = question.site_id in self.sites
        return Outcome(held, "one of the sites" if held else "another site")

    def sentence(self) -> str:
        """For people."""
        return f"the site is one of {len(self.sites)} chosen"

    def covers(self, other: Condition) -> bool:
        """More sites."""
        return isinstance(other, OfSite) and set(other.sites) <= set(self.sites)

    def excludes(self, other: Condition) -> bool:
        """None in common."""
        return isinstance(other, OfSite) and not set(other.sites) & set(self.sites)
