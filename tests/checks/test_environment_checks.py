"""System checks of the settings: each says what is wrong and how to mend it, or nothing."""

import pytest
from django.core.checks import ERROR, run_checks

from parley import env
from parley.checks import environment


def found(check, **more):
    return {message.id: message for message in check(**more)}


def test_the_settings_of_the_suite_have_nothing_wrong():
    assert [message for message in run_checks() if message.level >= ERROR] == []
    for check in environment.CHECKS:
        assert list(check()) == []


@pytest.mark.parametrize("key", ["short", "a" * 60, "django-insecure-" + "0123456789abcdef" * 3])
def test_a_secret_key_that_can_be_guessed_is_an_error_that_does_not_show_it(settings, key):
    settings.SECRET_KEY = key
    message = found(environment.check_secret_key)["parley.E001"]
    assert "token_urlsafe" in message.hint
    assert key not in str(message)


def test_debug_pages_for_strangers_are_an_error(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["localhost", "chat.example.com"]
    assert "chat.example.com" in found(environment.check_hosts)["parley.E002"].msg


@pytest.mark.parametrize("hosts", [["localhost", "127.0.0.1", "[::1]"], ["shop.localhost"]])
def test_debug_pages_for_oneself_are_not(settings, hosts):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, hosts
    assert not found(environment.check_hosts)


def test_answering_to_any_host_name_is_a_warning(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert set(found(environment.check_hosts)) == {"parley.W006"}


def test_a_port_that_does_not_exist_is_an_error(settings):
    settings.PORT = 70000
    assert "PORT=70000 is not between 1 and 65535" in found(environment.check_ranges)["parley.E003"].msg


@pytest.mark.parametrize("item", [item for item in environment.RANGES if not item.broken], ids=lambda i: i.variable)
def test_a_number_beyond_what_works_is_a_warning_with_the_default(settings, item):
    setattr(settings, item.setting, item.high + 1)
    message = found(environment.check_ranges)["parley.W003"]
    assert item.variable in message.msg
    assert env.DECLARED[item.variable].default in message.hint


@pytest.mark.parametrize("item", environment.RANGES, ids=lambda item: item.variable)
def test_every_default_lies_in_its_own_range(item):
    assert item.low <= float(env.DECLARED[item.variable].default) <= item.high


@pytest.mark.parametrize(
    "origin", ["chat.example.com", "https://chat.example.com/", "https://a.example/admin", "ftp://a"]
)
def test_what_no_browser_sends_as_an_origin_is_an_error(settings, origin):
    settings.CSRF_TRUSTED_ORIGINS, settings.SESSION_COOKIE_SECURE = [origin], True
    assert origin in found(environment.check_origins)["parley.E004"].msg


def test_cookies_in_clear_beside_https_are_a_warning(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.com"]
    assert set(found(environment.check_origins)) == {"parley.W007"}
    settings.SESSION_COOKIE_SECURE = True
    assert not found(environment.check_origins)


@pytest.mark.parametrize("name", ["ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"])
@pytest.mark.parametrize("value", ["localhost:11434", "http://", "file:///etc/passwd"])
def test_a_provider_address_that_is_none_is_an_error(settings, name, value):
    setattr(settings, name, value)
    assert name in found(environment.check_provider_addresses)["parley.E005"].msg


def test_a_misspelt_variable_is_a_warning_that_names_the_nearest(monkeypatch):
    monkeypatch.setenv("PARLEY_SESSION_DAY", "5")
    message = found(environment.check_names)["parley.W005"]
    assert message.hint == "Did you mean PARLEY_SESSION_DAYS?"


def test_a_variable_like_none_of_ours_is_a_warning_that_names_the_list(monkeypatch):
    monkeypatch.setenv("PARLEY_XYZZY", "5")
    assert "docs/settings.md" in found(environment.check_names)["parley.W005"].hint
