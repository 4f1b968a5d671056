"""Slots: the first queue first, but the later ones never starve."""

from pathlib import Path

from workers.slots import Quotas, order, quotas


def test_a_single_queue_gets_every_slot():
    assert quotas(500, 100, 0, 1).first == 400


def test_a_tenth_is_kept_for_the_later_queues_and_they_get_half_while_the_first_waits():
    assert quotas(500, 0, 0, 2) == Quotas(450, 250, 450)
    assert quotas(500, 450, 0, 2) == Quotas(0, 50, 50)
    assert quotas(500, 100, 250, 2) == Quotas(150, 0, 150)
    assert quotas(500, 0, 450, 2) == Quotas(50, 0, 0)


def test_with_few_slots_both_sides_can_still_run():
    assert quotas(2, 0, 0, 2) == Quotas(1, 1, 1)
    assert quotas(1, 0, 0, 2) == Quotas(1, 1, 1)
    assert quotas(1, 1, 0, 2) == Quotas(0, 0, 0)
    assert [order(2, 1, claim) for claim in range(8, 11)] == [[0, 1], [1, 0], [0, 1]]


def test_later_queues_take_turns_in_being_asked_first():
    assert [order(3, 10, claim) for claim in range(2)] == [[0, 1, 2], [0, 2, 1]]


def test_background_work_goes_on_while_the_first_queue_is_flooded_and_the_other_way_round(desk):
    first, later = desk.queue_named(f"{desk.queue.name}-a"), desk.queue_named(f"{desk.queue.name}-b")
    flood = [desk.put("nap", desk.path, f"first{number}", 1.5, queue=first) for number in range(18)]
    background = [desk.put("nap", desk.path, f"later{number}", 0.2, queue=later) for number in range(12)]
    desk.worker(first.name, later.name, worker={"concurrency": 10})
    desk.until(lambda: len([name for name in desk.marks("end") if name.startswith("later")]) >= 4, 30)
    marks = [line.split()[1] for line in Path(desk.path).read_text().splitlines() if line.startswith(("begin", "end"))]
    assert sum(name.startswith("first") for name in marks[: marks.index("later0")]) <= 9, "one slot of ten is kept"
    desk.done(flood + background, patience=20)
