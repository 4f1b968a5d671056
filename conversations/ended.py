"""Turns by what dashboards filter by: site, model, rule and audience, as their statistics were counted."""

from collections.abc import Callable, Collection

from django.db.models import Q

from observability.names import Kind
from observability.statistics import Where
from people.models import AudienceTier
from people.sessions import IDENTIFIED

Ids = Collection[int]


def of_sites(ids: Ids) -> Q:
    """Asked there."""
    return Q(conversation__site__in=ids)


def of_models(ids: Ids) -> Q:
    """Answered by one of them."""
    return Q(model__in=ids)


def of_rules(ids: Ids) -> Q:
    """Sent on by one of them."""
    return Q(rule__in=ids)


def of_audiences(ids: Ids) -> Q:
    """Of contacts who were given one of these tiers, or who were given none and came so (people.audiences)."""
    found = Q(conversation__contact__audience__in=ids)
    built_in = AudienceTier.objects.filter(pk__in=ids, key__in=AudienceTier.BUILT_IN).values_list("key", flat=True)
    for key in built_in:
        identified = Q(conversation__contact__key__startswith=IDENTIFIED)
        came_so = identified if key == AudienceTier.IDENTIFIED else ~identified
        found |= Q(conversation__contact__audience=None) & came_so
    return found


BY: dict[Kind, Callable[[Ids], Q]] = {
    "site": of_sites, "model": of_models, "rule": of_rules, "audience": of_audiences,
}  # fmt: skip


def chosen(where: Where) -> Q:
    """All of them together; a kind that names nothing asks for nothing."""
    asked: dict[Kind, tuple[int | None, ...]] = {
        "site": where.sites, "model": where.models, "rule": where.rules, "audience": where.audiences,
    }  # fmt: skip
    found = Q()
    for kind, ids in asked.items():
        if ids:
            found &= BY[kind]([each for each in ids if each is not None])
    return found
