"""What a figure is called in Prometheus: parley_<name>, with its unit and `_total` as Prometheus wants them."""

from observability.statistics.figures import Figure, Kind, Unit

PREFIX = "parley_"
_UNITS = {Unit.SHARE: "ratio"}


def counted(figure: Figure) -> str:
    """Of a COUNT: how many times. Empty where only the sum says something: with no unit it is the number itself."""
    return "" if figure.unit is Unit.NONE or figure.name.endswith(figure.unit) else f"{PREFIX}{figure.name}"


def summed(figure: Figure) -> str:
    """Of a COUNT: the sum, in its unit. Prometheus adds `_total`."""
    return f"{PREFIX}{_with_unit(figure)}"


def measured(figure: Figure) -> str:
    """Of TIMES and of a LEVEL."""
    return f"{PREFIX}{_with_unit(figure)}"


def samples(figure: Figure) -> set[str]:
    """The names of all time series of a figure, as an expression of Prometheus may name them."""
    if figure.kind is Kind.TIMES:
        return {f"{measured(figure)}_{part}" for part in ("bucket", "count", "sum")}
    if figure.kind is Kind.LEVEL:
        return {measured(figure)}
    return {f"{name}_total" for name in (counted(figure), summed(figure)) if name}


def label_names(figure: Figure) -> list[str]:
    """A level is of the whole installation; everything else is told by site and model as well."""
    own = ["label"] if figure.labels or figure.open_label else []
    return own if figure.kind is Kind.LEVEL else [*own, "site", "model"]


def _with_unit(figure: Figure) -> str:
    unit = _UNITS.get(figure.unit, str(figure.unit))
    return figure.name if not unit or figure.name.endswith(unit) else f"{figure.name}_{unit}"
