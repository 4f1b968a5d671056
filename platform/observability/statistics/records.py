"""How statistics lie in the database: records in bytes, made so that concatenation is merging.

`sums`   16 bytes each: cell number (uint32), count (uint32), total (float64)
`sketch`  8 bytes each: cell number (uint32), bucket (int16), count (uint16)

all little-endian. What does not fit a count goes into more records of the same cell and bucket. Any order, and any
number of records of one cell, mean the same; `compact_…` leaves as few as there can be, sorted.
"""

from collections.abc import Iterator, Mapping
from struct import Struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUM, MARK = Struct("<IId"), Struct("<IhH")
MOST_SUM, MOST_MARK = 2**32 - 1, 2**16 - 1
SUM_FIELDS = [("cell", "<u4"), ("count", "<u4"), ("total", "<f8")]
MARK_FIELDS = [("cell", "<u4"), ("bucket", "<i2"), ("count", "<u2")]


def pack_sum(cell: int, count: int, total: float) -> bytes:
    """A cell's count and sum."""
    if count <= MOST_SUM:
        return SUM.pack(cell, count, total)
    return SUM.pack(cell, MOST_SUM, 0.0) + pack_sum(cell, count - MOST_SUM, total)


def pack_marks(cell: int, counts: Mapping[int, int]) -> bytes:
    """A cell's counts by bucket."""
    pack = MARK.pack
    return b"".join(pack(cell, bucket, part) for bucket, count in counts.items() for part in _parts(count))


def _parts(count: int) -> Iterator[int]:
    while count > MOST_MARK:
        yield MOST_MARK
        count -= MOST_MARK
    yield count


def read_sums(data: bytes) -> "NDArray[Any]":
    """An array of SUM_FIELDS."""
    import numpy as np

    return np.frombuffer(data, dtype=SUM_FIELDS)


def read_marks(data: bytes) -> "NDArray[Any]":
    """An array of MARK_FIELDS."""
    import numpy as np

    return np.frombuffer(data, dtype=MARK_FIELDS)


def split_marks(data: bytes) -> "tuple[NDArray[Any], NDArray[Any], NDArray[Any]]":
    """Cells, buckets counted from the lowest one there can be (0), and counts: apart, which is faster to work with."""
    import numpy as np

    records = np.frombuffer(data, dtype="<u8")
    buckets = (records >> 32).astype(np.uint16) ^ 0x8000  # a signed 16-bit number plus 2^15
    return records.astype(np.uint32), buckets, records >> 48


def compact_sums(data: bytes) -> bytes:
    """One record for each cell."""
    import numpy as np

    records = read_sums(data)
    cells, places = np.unique(records["cell"], return_inverse=True)
    counts = np.zeros(len(cells), dtype=np.int64)
    np.add.at(counts, places, records["count"])
    if len(counts) and counts.max() > MOST_SUM:
        totals = np.bincount(places, records["total"])
        return b"".join(pack_sum(int(c), int(n), float(t)) for c, n, t in zip(cells, counts, totals, strict=True))
    merged = np.empty(len(cells), dtype=SUM_FIELDS)
    merged["cell"], merged["count"] = cells, counts
    merged["total"] = np.bincount(places, records["total"], minlength=len(cells))
    return merged.tobytes()


def compact_marks(data: bytes) -> bytes:
    """One record for each bucket of each cell, more where its count asks for it."""
    import numpy as np

    records = read_marks(data)
    joined = records["cell"].astype(np.int64) << 16 | (records["bucket"].astype(np.int64) + 2**15)
    both, places = np.unique(joined, return_inverse=True)
    counts = np.zeros(len(both), dtype=np.int64)
    np.add.at(counts, places, records["count"])
    more = counts // MOST_MARK + (counts % MOST_MARK > 0)  # records that each needs
    merged = np.empty(int(more.sum()), dtype=MARK_FIELDS)
    repeated = np.repeat(both, more)
    merged["cell"], merged["bucket"] = repeated >> 16, (repeated & 0xFFFF) - 2**15
    merged["count"] = MOST_MARK
    merged["count"][np.cumsum(more) - 1] = counts - (more - 1) * MOST_MARK
    return merged.tobytes()
