"""The check for missing migrations, which works without a database."""

import pytest
from django.core.management import CommandError, call_command

from people.models import Site


def test_nothing_is_missing(capsys):
    call_command("missing_migrations")
    assert "No migration is missing" in capsys.readouterr().out


def test_a_changed_model_is_named(monkeypatch):
    monkeypatch.setattr(Site._meta.get_field("name"), "max_length", 101)
    with pytest.raises(CommandError, match="people: Alter field name on site"):
        call_command("missing_migrations")
