"""Fill the database of a running stack: `python -m tests.seed ANTHROPIC_URL OPENAI_URL`, as its owner.

Each site answers in its own way, named after what happens there.
"""

import os
import sys
from pathlib import Path

GOOD_KEY, BAD_KEY = "sk-good", "sk-refused"
CLAUDE, GPT, MISSING = "claude-haiku-4-5", "gpt-4o-mini", "model-that-is-not"
ORIGIN = "https://shop.example"
AGENT, ADMINISTRATOR, PASSWORD = "max-of-the-desk", "olga-of-the-rules", "a password of the staff"


def main(anthropic_url: str, openai_url: str) -> None:
    """Migrate, make the sites "demo" (Claude), "gpt", "refused" (a key not accepted) and "unknown", and the staff."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    _unlimited()
    _site("demo", _model("Simulated Anthropic", "anthropic", anthropic_url, GOOD_KEY, CLAUDE))
    _site("gpt", _model("Simulated OpenAI", "openai", openai_url, GOOD_KEY, GPT))
    _site("refused", _model("Refusing Anthropic", "anthropic", anthropic_url, BAD_KEY, CLAUDE))
    _site("unknown", _model("Outdated Anthropic", "anthropic", anthropic_url, GOOD_KEY, MISSING))
    _staff()


def _staff() -> None:
    """Max, an agent, and Olga, an administrator: a process of Django's for each test that needs one took seconds."""
    from django.contrib.auth.models import Group, User

    from people.roles import ensure_roles

    ensure_roles()
    max_ = User.objects.create_user(AGENT, password=PASSWORD, first_name="Max", is_staff=True)
    max_.groups.add(Group.objects.get(name="Agents"))
    User.objects.create_superuser(ADMINISTRATOR, password=PASSWORD, first_name="Olga")


def _unlimited() -> None:
    """Tests of other things send as fast as they can; those of the limits make a tier of their own."""
    from people.models import AudienceTier

    AudienceTier.objects.update(messages_per_minute=10_000, turns_at_once=1000, tokens_per_day=None)


def _model(provider_name: str, vendor: str, url: str, key: str, name: str):
    from routing.models import Model, Provider

    provider, _ = Provider.objects.get_or_create(name=provider_name, defaults={"vendor": vendor})
    provider.base_url, provider.api_key = url, key
    provider.save()
    return Model.objects.get_or_create(provider=provider, name=name, defaults={"order": 200})[0]


def _site(key: str, model) -> None:
    from people.models import Site
    from routing.models import SiteModel

    values = {"name": key.title(), "allowed_origins": ORIGIN}
    site, _ = Site.objects.update_or_create(key=key, defaults=values)
    SiteModel.objects.update_or_create(site=site, defaults={"model": model})


if __name__ == "__main__":
    import django

    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parley.settings")
    django.setup()
    main(*sys.argv[1:])
