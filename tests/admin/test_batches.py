"""Background work in the admin: who sees it, and what may be done about it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from routing.models import Batch, BatchItem, Model

ITEMS, BATCHES = "/admin/routing/batchitem/", "/admin/routing/batch/"


@pytest.fixture
def batch(model: Model) -> Batch:
    """One that is at the vendor."""
    later = timezone.now() + timedelta(days=1)
    return Batch.objects.create(
        provider=model.provider, model=model, token="t1", state=Batch.State.SENT, size=2, wanted_by=later, poll_at=later
    )


@pytest.fixture
def failed(model: Model) -> BatchItem:
    """A request that was given up; what it asks is a visitor's."""
    later = timezone.now() + timedelta(days=1)
    return BatchItem.objects.create(
        purpose="memory.extraction", key="conversation-7", model=model, request={"messages": ["a visitor's words"]},
        state=BatchItem.State.FAILED, failures=5, error="The vendor <b>refused</b> it.", wanted_by=later,
        finished_at=timezone.now(), delivery_error="RuntimeError: no room",
    )  # fmt: skip


def act(browser: Client, address: str, action: str, row: Batch | BatchItem) -> str:
    form = {"action": action, "_selected_action": [row.pk]}
    return browser.post(address, form, follow=True).content.decode()


def test_the_lists_and_pages_open_and_keep_visitors_words_to_themselves(
    olga: Client, batch: Batch, failed: BatchItem, django_assert_max_num_queries
) -> None:
    BatchItem.objects.bulk_create(
        BatchItem(purpose="test", key=f"k{n}", model=failed.model, batch=batch, wanted_by=timezone.now())
        for n in range(20)
    )
    pages = [ITEMS, BATCHES, f"{ITEMS}{failed.pk}/change/", f"{BATCHES}{batch.pk}/change/"]
    for page in [*pages, f"{ITEMS}?batch__id__exact={batch.pk}", f"{ITEMS}?state__exact=failed"]:
        with django_assert_max_num_queries(20):
            shown = olga.get(page)
        assert shown.status_code == 200, page
        text = shown.content.decode()
        assert "visitor&#x27;s words" not in text
        assert "<b>refused" not in text
    assert "Not taken" in olga.get(ITEMS).content.decode()
    assert "Add" not in olga.get(BATCHES).context["title"]
    assert olga.get(f"{BATCHES}add/").status_code == 403


def test_what_failed_is_asked_again(olga: Client, failed: BatchItem) -> None:
    assert "Asked again: 1." in act(olga, ITEMS, "ask_again", failed)
    failed.refresh_from_db()
    assert (failed.state, failed.failures, failed.finished_at) == (BatchItem.State.WAITING, 0, None)
    assert "None of them has failed" in act(olga, ITEMS, "ask_again", failed)


def test_a_result_that_nothing_took_is_delivered_again(olga: Client, failed: BatchItem) -> None:
    assert "Delivered again: 1." in act(olga, ITEMS, "deliver_again", failed)
    failed.refresh_from_db()
    assert failed.deliver_at is not None
    assert failed.delivery_error == ""


def test_a_batch_is_cancelled_once(olga: Client, batch: Batch) -> None:
    assert "Cancelled within seconds: 1." in act(olga, BATCHES, "cancel", batch)
    batch.refresh_from_db()
    assert batch.cancel_asked_at is not None
    assert batch.poll_at <= timezone.now()
    assert "None of them" in act(olga, BATCHES, "cancel", batch)


def test_agents_and_analysts_see_none_of_it(max_: Client, ada: Client, batch: Batch, failed: BatchItem) -> None:
    for browser in (max_, ada):
        assert [browser.get(page).status_code for page in (ITEMS, BATCHES)] == [403, 403]
        assert "Vendor batches" not in browser.get("/admin/").content.decode()


def test_whoever_may_only_look_is_offered_no_action(olga: Client, nobody: Client, batch: Batch) -> None:
    from django.contrib.auth.models import Permission, User

    User.objects.get(username="nils").user_permissions.add(Permission.objects.get(codename="view_batch"))
    shown = nobody.get(BATCHES)
    assert shown.status_code == 200
    assert "Cancel: ask" not in shown.content.decode()
    nobody.post(BATCHES, {"action": "cancel", "_selected_action": [batch.pk]})
    batch.refresh_from_db()
    assert batch.cancel_asked_at is None


def test_prices_of_batches_and_when_they_are_sent_are_set_in_the_admin(olga: Client, model: Model) -> None:
    assert "batch_price_share" in olga.get(f"/admin/routing/model/{model.pk}/change/").content.decode()
    page = olga.get(f"/admin/routing/provider/{model.provider_id}/change/").content.decode()
    assert "batch_items" in page
    assert "batch_seconds" in page
