"""The rows that invented traffic belongs to: sites, rules, models of its own where the usual ones are missing.

cast = install()   # three sites, whose keys begin with PREFIX
remove()           # takes all of it away again, statistics included
"""

from django.db import transaction

from conversations.demo.alerts import remove_alerts
from conversations.demo.cast import NAMES, Cast, models_of
from conversations.demo.logs import forget_tallies
from conversations.demo.turn_row import RULES, SMALL_FIRST
from conversations.forgetting import without_logs
from conversations.models import Conversation
from observability.logs.erasing import erase
from observability.models.traces import Trace
from observability.statistics.removing import remove_source
from people.models import AudienceTier, Contact, Site
from routing.models import Model, Provider, RoutingRule, Spend
from routing.providers import Vendor

SOURCE = "demo"  # of the statistics' cells
PREFIX = "demo-traffic-"
SITES = ("Tarn & Thistle (demo)", "Thistle Trade (demo)", "Tarn Outlet (demo)")
PROVIDER = "Demo traffic"
AT_ONCE = 500


def installed() -> bool:
    """Whether there is invented traffic."""
    return Site.objects.filter(key__startswith=PREFIX).exists()


def real_conversations() -> bool:
    """Whether there are conversations that were not invented."""
    return Conversation.objects.exclude(site__key__startswith=PREFIX).exists()


@transaction.atomic
def install() -> Cast:
    """Make the rows. Rules are switched off, and the sites are known to nobody."""
    sites = [Site.objects.create(key=f"{PREFIX}{number}", name=name) for number, name in enumerate(SITES, 1)]
    ids = [_model(name) for name in NAMES]
    rules = [_rule(name, place, sites[0], ids) for place, name in enumerate(RULES)]
    keys = (AudienceTier.ANONYMOUS, AudienceTier.IDENTIFIED, AudienceTier.PREMIUM)
    tiers = {tier.key: tier.pk for tier in AudienceTier.objects.filter(key__in=keys)}
    audiences = [tiers.get(key) or tiers[AudienceTier.IDENTIFIED] for key in keys]
    return Cast(
        sites=(sites[0].pk, sites[1].pk, sites[2].pk),
        audiences=(audiences[0], audiences[1], audiences[2]),
        rules=(rules[0].pk, rules[1].pk, rules[2].pk, rules[3].pk),
        models=models_of((ids[0], ids[1], ids[2], ids[3])),
    )


def remove() -> None:
    """Take away all that `install` made and what hangs on it. Does nothing where there is nothing."""
    sites = Site.objects.filter(key__startswith=PREFIX)
    if not real_conversations():
        forget_tallies()
    remove_alerts()
    Trace.objects.filter(site__in=list(sites.values_list("pk", flat=True))).delete()
    while ids := list(Conversation.objects.filter(site__in=sites).values_list("pk", flat=True)[:AT_ONCE]):
        with without_logs():
            erase(ids)
            Conversation.objects.filter(pk__in=ids).delete()
    while ids := list(Contact.objects.filter(site__in=sites).values_list("pk", flat=True)[:AT_ONCE]):
        Contact.objects.filter(pk__in=ids).delete()
    Spend.objects.filter(site__in=sites).delete()
    sites.delete()
    Provider.objects.filter(name=PROVIDER).delete()
    remove_source(SOURCE)


def _rule(name: str, place: int, site: Site, models: list[int]) -> RoutingRule:
    asks = models[::2] if name in SMALL_FIRST else models[1::2]
    return RoutingRule.objects.create(
        name=name, enabled=False, site=site, position=900 + place, note="Demo traffic.",
        condition={"all": [RULES[name]]}, action={"kind": "models", "models": asks},
    )  # fmt: skip


def _model(name: str) -> int:
    """The number of the row with this name; one that is switched off, where there is none."""
    found = Model.objects.filter(name=name).first()
    if found is None:
        provider, _ = Provider.objects.get_or_create(
            name=PROVIDER, defaults={"vendor": Vendor.OPENAI, "enabled": False}
        )
        found = Model.objects.create(provider=provider, name=name, enabled=False)
    return int(found.pk)
