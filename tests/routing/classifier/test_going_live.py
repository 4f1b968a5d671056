"""Going live and back: one version at a time, whoever clicks."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connections

from parley.threads import in_database_thread
from routing.classifier import in_use, refresh, scored
from routing.classifier.going_live import Overtaken, go_back, go_live, live_id
from routing.classifier.starter import starter
from routing.models import ClassifierVersion


def version(threshold: float = 0.4) -> ClassifierVersion:
    """With the starter's weights, as if they were for the embedder of the tests."""
    weights = replace(starter().full.weights, embedder="small")
    return ClassifierVersion.objects.create(embedder=weights.embedder, weights=weights.as_json(), threshold=threshold)


@pytest.mark.django_db
def test_back_goes_to_the_one_before_and_at_last_to_the_starter() -> None:
    first, second, third = version(), version(), version()
    assert go_live(first.pk, None)
    assert go_live(second.pk, first.pk)
    assert go_live(third.pk, second.pk)
    assert [go_back(third.pk), go_back(second.pk), go_back(first.pk)] == [second.pk, first.pk, None]
    assert live_id() is None
    assert in_use().version is None


@pytest.mark.django_db
def test_a_second_click_does_nothing_and_a_late_one_is_told() -> None:
    first, second = version(), version()
    assert go_live(first.pk, None)
    assert not go_live(first.pk, None)
    with pytest.raises(Overtaken, match=f"version {first.pk} is live by now"):
        go_live(second.pk, None)
    go_back(first.pk)
    with pytest.raises(Overtaken, match="the starter weights decide by now"):
        go_back(first.pk)
    with pytest.raises(ClassifierVersion.DoesNotExist, match="deleted"):
        go_live(10**9, None)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_go_live_at_once_one_wins_and_the_other_is_told() -> None:
    rows = [version().pk for _ in range(4)]

    def click(pk: int) -> str:
        try:
            return "live" if go_live(pk, None) else "again"
        except Overtaken:
            return "told"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(click, rows))
    assert sorted(said) == ["live", "told", "told", "told"]
    assert ClassifierVersion.objects.filter(live=True).count() == 1


@pytest.mark.django_db(transaction=True)
async def test_a_process_follows_a_moved_threshold_without_loading_the_weights_again(monkeypatch) -> None:
    from routing.classifier import live

    row = await in_database_thread(version, 0.4)
    await in_database_thread(go_live, row.pk, None)
    await asyncio.gather(*(refresh() for _ in range(5)))
    assert scored("hello", None).version is None  # no vector: the starter's surface weights
    assert live._kept.found is not None
    assert live._kept.found.version == row.pk
    before = live._kept.found.weights
    await ClassifierVersion.objects.filter(pk=row.pk).aupdate(threshold=0.9)
    await refresh()
    assert live._kept.found.threshold == 0.4  # fresh enough
    monkeypatch.setattr(live, "FRESH_SECONDS", 0.0)
    live._kept.until = 0.0
    await refresh()
    assert live._kept.found.threshold == 0.9
    assert live._kept.found.weights is before
