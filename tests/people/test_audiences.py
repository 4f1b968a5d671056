"""Which audience tier a contact is in, and how soon a change of one is known."""

import asyncio

import pytest

from people import audiences as module
from people.audiences import Audience, audience_for, audiences
from people.models import AudienceTier

ALL = {name: Audience(7, "premium", "Premium") for name in (7, "premium")}
ALL |= {key: Audience(number, key, key.title()) for number, key in enumerate(("anonymous", "identified"), 1)}


def test_a_contact_is_in_the_tier_that_it_was_given_else_in_that_of_its_kind():
    assert audience_for("anon:x", 7, ALL).key == "premium"
    assert audience_for("anon:x", None, ALL).key == "anonymous"
    assert audience_for("id:x", None, ALL).key == "identified"
    assert audience_for("id:x", 12345, ALL).key == "identified", "its tier was deleted a moment ago"


def test_without_its_row_a_built_in_tier_allows_what_a_new_row_would():
    assert audience_for("anon:x", None, {}) == Audience(0, "anonymous", "Anonymous", 30, 10, None, 0)


@pytest.mark.django_db(transaction=True)
async def test_one_query_serves_many_who_ask_at_once_and_a_change_is_seen_soon(tiers, monkeypatch):
    reads = []

    async def counted():
        reads.append(1)
        return await read()

    read, premium = module._read, tiers["premium"]
    monkeypatch.setattr(module, "_read", counted)
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.2)
    found, *_ = await asyncio.gather(*(audiences() for _ in range(50)))
    assert len(reads) == 1
    assert found["premium"] is found[premium.pk]
    assert found["premium"] == Audience(premium.pk, "premium", "Premium", 120, 50, None, 30)
    await AudienceTier.objects.filter(key="premium").aupdate(turns_at_once=7)
    async with asyncio.timeout(5):
        while (await audiences())["premium"].turns_at_once != 7:  # noqa: ASYNC110 - there is nothing to be told by
            await asyncio.sleep(0.02)
