"""The line: who goes, who waits, and where."""

from routing.admission import Admitted, Tier
from tests.routing.admission.conftest import ask


async def test_a_turn_goes_at_once_where_there_is_room() -> None:
    assert isinstance(await ask(Tier("t1", requests=60), 1), Admitted)
