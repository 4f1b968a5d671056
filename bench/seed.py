"""Fill a benchmark's database: `python -m bench.seed`, with a plan as JSON on standard input.

Each kind of turn has a site and a model of its own, because the simulator's lengths are settings of a model. The sites
have the demo's articles and a system prompt as long as the kind's context. Prints {"tokens": {kind: [session token]}}.
"""

import json
import sys
from typing import Any

import bench.__main__  # noqa: F401 - the paths

FILLER = "Answer in the language of the question, briefly, and say so when you do not know. "
PASSAGES = 2500  # characters that the search adds to a prompt, about


def model_name(number: int) -> str:
    """The model that answers turns of this kind."""
    return f"claude-bench-{number:02d}"


def main() -> None:
    """Read the plan, fill the database, print the tokens."""
    plan = json.load(sys.stdin)
    tokens = {}
    for number, context, visitors in plan["kinds"]:
        site = _site(number, context, plan["provider"], plan["base"])
        tokens[number] = _tokens(site, visitors)
    if plan["tier"]:
        _tier(**plan["tier"])
    print(json.dumps({"tokens": tokens}))


def _site(number: int, context: int, provider_name: str, base: str) -> Any:
    from memory.demo import load_articles
    from people.models import Site
    from routing.models import Model, Provider, SiteModel

    provider, _ = Provider.objects.get_or_create(name=provider_name, defaults={"vendor": "anthropic"})
    provider.base_url, provider.api_key = base, "sk-good"
    provider.save()
    model, _ = Model.objects.get_or_create(provider=provider, name=model_name(number), defaults={"order": 300})
    wanted = max(context * 4 - PASSAGES, len(FILLER))
    prompt = (FILLER * (wanted // len(FILLER) + 1))[:wanted]
    site = Site.objects.create(key=f"bench-{number:02d}", name=f"Bench {number}", system_prompt=prompt)
    SiteModel.objects.create(site=site, model=model)
    load_articles(site)
    return site


def _tier(kind: int, **fields: Any) -> None:
    from routing.models import Model, RateTier

    model = Model.objects.get(name=model_name(kind))
    RateTier.objects.create(provider=model.provider, model=model, **fields)


def _tokens(site: Any, count: int) -> list[str]:
    from people.sessions import anonymous

    return [anonymous(site.pk).token() for _ in range(count)]


if __name__ == "__main__":
    import django

    django.setup()
    main()
