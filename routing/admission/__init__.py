"""Admission: who may ask a provider when. A tier's limits, its line and its running turns live in Redis.

Each step is one Lua script on one tier, timed by Redis's clock: see lua/tier.lua and lua/line.lua. A turn waits in
line, is granted by the dispatcher, runs, and is settled. Redis emptied: everything begins anew.
"""

from routing.admission.bell import ring, wait_for_work
from routing.admission.dispatching import dispatch
from routing.admission.ending import abandon, refused, settle, told
from routing.admission.line import admit, entered, hold, leave, lines
from routing.admission.running import Running, running
from routing.admission.standing import standing
from routing.admission.tiers import all_tiers, tiers_for
from routing.admission.types import (
    LIMITS,
    Admitted,
    Dispatch,
    Need,
    Place,
    Standing,
    Tier,
    Use,
    Waiting,
)

__all__ = [
    "LIMITS",
    "Admitted",
    "Dispatch",
    "Need",
    "Place",
    "Running",
    "Standing",
    "Tier",
    "Use",
    "Waiting",
    "abandon",
    "admit",
    "all_tiers",
    "dispatch",
    "entered",
    "hold",
    "leave",
    "lines",
    "refused",
    "ring",
    "running",
    "settle",
    "standing",
    "tiers_for",
    "told",
    "wait_for_work",
]
