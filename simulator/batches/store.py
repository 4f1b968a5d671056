"""The batches and files of each key, kept until they are deleted or the simulator is reset."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from itertools import count
from time import monotonic, time

from simulator.vendors.base import Call, Refusal

CANCELLING = 0.1  # seconds from a cancellation to the end
VALIDATION = 0.2  # seconds, or a tenth of the batch's time if that is less


class Outcome(StrEnum):
    """What became of one request of a batch."""

    SUCCEEDED = "succeeded"
    ERRORED = "errored"
    CANCELED = "canceled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Item:
    """A request of a batch: what is asked, or why it is refused. `failing` is the outcome that settings ask for."""

    custom_id: str
    call: Call | None
    refusal: Refusal | None = None
    failing: Outcome | None = None


@dataclass(slots=True)
class Job:
    """A batch. Its requests are done one after the other, evenly over `seconds`; times are monotonic.

    A cancelled one ends very soon, with what was done before the cancellation.
    """

    id: str
    model: str
    items: list[Item]
    seconds: float
    created: float = field(default_factory=monotonic)
    created_wall: float = field(default_factory=time)
    cancelled: float | None = None
    about: Mapping[str, object] = field(default_factory=dict)
    problems: list[dict[str, object]] = field(default_factory=list)

    @property
    def ends(self) -> float:
        """When it is over."""
        planned = self.created + self.seconds
        return planned if self.cancelled is None else min(planned, self.cancelled + CANCELLING)

    @property
    def ended(self) -> bool:
        return monotonic() >= self.ends

    @property
    def validated(self) -> bool:
        """Whether the time is over in which OpenAI looks at the file."""
        return monotonic() >= self.created + self.validation

    @property
    def validation(self) -> float:
        """Seconds for looking at the file."""
        return min(self.seconds / 10, VALIDATION)

    def cancel(self) -> bool:
        """Whether it was cancelled now: not when it is over, or was cancelled before."""
        if self.ended or self.cancelled is not None:
            return False
        self.cancelled = monotonic()
        return True

    def wall(self, moment: float) -> float:
        """A monotonic time as Unix time."""
        return self.created_wall + moment - self.created

    def outcome(self, place: int) -> Outcome:
        """What becomes of the request at this place."""
        item, done = self.items[place], self.created + self.seconds * (place + 1) / len(self.items)
        if item.failing is Outcome.EXPIRED:
            return Outcome.CANCELED if self.cancelled is not None else Outcome.EXPIRED
        if self.cancelled is not None and done > self.cancelled:
            return Outcome.CANCELED
        return item.failing or (Outcome.ERRORED if item.refusal else Outcome.SUCCEEDED)

    def outcomes(self) -> Iterator[tuple[Item, Outcome]]:
        """Each request with its outcome."""
        return ((item, self.outcome(place)) for place, item in enumerate(self.items))

    def tally(self) -> dict[Outcome, int]:
        """How many there are of each outcome."""
        counts = dict.fromkeys(Outcome, 0)
        for _, outcome in self.outcomes():
            counts[outcome] += 1
        return counts


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was sent, or that a batch made."""

    id: str
    name: str
    purpose: str
    content: bytes
    created: float = field(default_factory=time)


@dataclass(slots=True)
class Shelf:
    """What belongs to one key."""

    jobs: dict[str, Job] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)


@dataclass(slots=True)
class BatchStore:
    """The shelves by vendor and key. Keys are kept as digests only."""

    shelves: dict[tuple[str, bytes], Shelf] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def shelf(self, vendor: str, key: str) -> Shelf:
        return self.shelves.setdefault((vendor, blake2b(key.encode(), digest_size=8).digest()), Shelf())

    def new_id(self, prefix: str) -> str:
        """An id that was never given before, not after a reset either."""
        return f"{prefix}simulated{next(self.numbers):010d}"

    def clear(self) -> None:
        self.shelves.clear()
