"""What each of xdist's processes gets: whole files, the longest first, and the running platform to only one of them."""

from typing import Any

from xdist.scheduler.loadfile import LoadFileScheduling

# Whose tests have `live_stack`: each platform more costs as much as a hundred tests.
LIVE = ("tests/browser/", "tests/chaos/", "tests/delivery/test_bad_input.py", "tests/delivery/test_three_ways.py")
NOT_LIVE = ("tests/browser/test_pages.py", "tests/browser/test_state.py", "tests/chaos/test_poison.py")
# In this order, then the others by their number of tests: a long file that begins last is waited for by everybody.
LONG = (
    "live",  # all of the above: most of its time is waiting
    "tests/workers/test_losses.py",
    "tests/embedded/test_postgres.py",
    "tests/memory/test_store.py",
    "tests/embedded/test_up.py",
    "tests/memory/test_extractive.py",
    "tests/admin/test_cached_answers.py",
    "tests/routing/batches/test_vendor_batches.py",
    "tests/admin/test_lists.py",
    "tests/admin/test_memories.py",
    "tests/turns/test_summary.py",
    "tests/workers/test_ending.py",
    "tests/admin/test_rate_tiers.py",
    "tests/turns/test_waiting.py",
    "tests/chaos/test_poison.py",
)


class Shares(LoadFileScheduling):
    """xdist's own `loadfile`, with the files of the running platform as one."""

    def _split_scope(self, nodeid: str) -> str:
        return "live" if nodeid.startswith(LIVE) and not nodeid.startswith(NOT_LIVE) else nodeid.split("::", 1)[0]

    def _assign_work_unit(self, node: Any) -> None:
        if scope := next(filter(self.workqueue.__contains__, LONG), None):
            self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)
