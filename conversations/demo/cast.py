"""Who takes part in invented traffic: plain numbers of rows and what belongs to them."""

from dataclasses import dataclass

SMALL, LARGE, OTHER_SMALL, OTHER_LARGE = range(4)  # places in `Cast.models`
SIMPLE, HARD, PREMIUM, ORDERS = range(4)  # places in `Cast.rules`


@dataclass(frozen=True)
class DrawnModel:
    """A model: its row, the seconds to its first token (median), tokens a second, dollars for a million tokens."""

    id: int
    name: str
    first_token: float
    speed: float
    input_price: float
    cached_price: float
    output_price: float


@dataclass(frozen=True)
class Cast:
    """Numbers of rows, 0 where there is none. Four models: small and large, then the other provider's."""

    sites: tuple[int, int, int]
    audiences: tuple[int, int, int]
    rules: tuple[int, int, int, int]
    models: tuple[DrawnModel, DrawnModel, DrawnModel, DrawnModel]


NAMES = ("claude-haiku-4-5", "claude-sonnet-4-5", "gpt-4o-mini", "gpt-4o")
_WORTH = (
    (0.42, 130, 1.0, 0.1, 5.0),
    (0.85, 70, 3.0, 0.3, 15.0),
    (0.5, 110, 0.15, 0.075, 0.6),
    (0.7, 85, 2.5, 1.25, 10.0),
)


def models_of(
    ids: tuple[int, int, int, int], names: tuple[str, ...] = NAMES
) -> tuple[DrawnModel, DrawnModel, DrawnModel, DrawnModel]:
    """The four with these rows."""
    small, large, other_small, other_large = (
        DrawnModel(number, name, *worth) for number, name, worth in zip(ids, names, _WORTH, strict=True)
    )
    return small, large, other_small, other_large
