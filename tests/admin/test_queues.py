"""RQ's pages inside the admin."""

import pytest
from django.conf import settings
from django.test import Client

PAGES = (
    "",
    "queues/0/",
    "queues/1/",
    "queues/0/details/",
    "queues/0/finished/",
    "queues/0/failed/",
    "queues/0/scheduled/",
    "queues/0/started/",
    "queues/0/deferred/",
    "workers/0/",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_queues_opens_for_those_who_may_see_them(olga: Client, redis_clean, page: str) -> None:
    assert olga.get(f"/admin/django_rq/dashboard/{page}").status_code == 200


@pytest.mark.parametrize("page", [*PAGES, "stats.json"])
def test_others_are_refused(max_: Client, page: str) -> None:
    assert max_.get(f"/admin/django_rq/dashboard/{page}").status_code == 403


def test_without_redis_the_page_says_what_to_do(olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for queue in settings.RQ_QUEUES.values():
        monkeypatch.setitem(queue, "URL", "redis://127.0.0.1:1/0")
    response = olga.get("/admin/django_rq/dashboard/")
    assert response.status_code == 503
    assert "Redis does not answer" in response.content.decode()
