"""Tiles: the numbers at the top of a board, each beside that of the period before."""

from dataclasses import dataclass

from observability.dashboards.measures import Measure
from observability.dashboards.reading import Reader
from observability.dashboards.units import Better, Unit


@dataclass(frozen=True)
class Tile:
    """`note` says what is counted, where the title leaves a doubt.

    What adds up grows with use: it is `better` in neither direction.
    """

    title: str
    measure: Measure
    unit: Unit = Unit.COUNT
    better: Better = Better.NEITHER
    note: str = ""

    def shown(self, reader: Reader) -> dict[str, object]:
        """Its value in the range and in the period before, None where nothing was counted."""
        return {
            "title": self.title,
            "note": self.note,
            "unit": self.unit,
            "better": self.better,
            "value": self.measure.value(reader),
            "before": self.measure.value(reader, before=True),
        }
