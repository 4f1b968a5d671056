"""Which untroubled conversations are kept: each policy's share of them, met to within one conversation.

A policy has a credit, the number of conversations that were due to be kept and were not yet (it may be below 0, down to
-1). Each conversation adds the share, and is kept with the credit as its chance; one that is kept takes 1 away. So the
number kept never differs from the share by more than one, while which ones they are is left to chance: every n-th would
follow the rhythm of what is sampled.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from django.db import transaction

from observability.models import SamplingPolicy

_random = random.SystemRandom()


class About(Protocol):
    """What policies ask of a conversation."""

    @property
    def conversation(self) -> UUID: ...
    @property
    def site(self) -> int | None: ...
    @property
    def audience(self) -> int | None: ...
    @property
    def rules(self) -> Iterable[int]: ...


def draw(conversations: Sequence[About]) -> dict[UUID, bool]:
    """Whether each is kept. One at a time draws; what they were due is stored when this returns."""
    if not conversations:
        return {}
    with transaction.atomic():
        policies = _locked()
        before = {policy.pk: policy.credit for policy in policies}
        drawn = {each.conversation: _drawn(policy_for(each, policies)) for each in conversations}
        changed = [policy for policy in policies if policy.credit != before[policy.pk]]
        SamplingPolicy.objects.bulk_update(changed, ["credit"])
    return drawn


def policy_for(about: About, policies: Iterable[SamplingPolicy]) -> SamplingPolicy:
    """The most specific that fits: one for a rule before one for an audience before one for a site; of those for the
    same, the one that says more. Raises ValueError without a general one.
    """
    return max((policy for policy in policies if _fits(policy, about)), key=_rank)


def general_policy() -> SamplingPolicy:
    """The one that holds where no other does; made when there is none."""
    return SamplingPolicy.objects.get_or_create(site=None, audience=None, rule=None)[0]


def _locked() -> list[SamplingPolicy]:
    general_policy()
    return list(SamplingPolicy.objects.select_for_update().order_by("pk"))


def _drawn(policy: SamplingPolicy) -> bool:
    share = float(policy.share) / 100
    if share in {0.0, 1.0}:
        policy.credit = 0.0
        return share == 1.0
    policy.credit += share
    kept = policy.credit > _random.random()
    policy.credit -= kept
    return kept


def _fits(policy: SamplingPolicy, about: About) -> bool:
    return (
        policy.site in {None, about.site}
        and policy.audience in {None, about.audience}
        and (policy.rule is None or policy.rule in set(about.rules))
    )


def _rank(policy: SamplingPolicy) -> tuple[bool, bool, bool]:
    return policy.rule is not None, policy.audience is not None, policy.site is not None


def shares(policies: Iterable[SamplingPolicy]) -> Mapping[int, float]:
    """By policy, between 0 and 1."""
    return {policy.pk: float(policy.share) / 100 for policy in policies}
