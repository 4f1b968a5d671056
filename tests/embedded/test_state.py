"""The state folder: what the one-command start leaves for other commands."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from parley import state


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("PARLEY_STATE_DIR", str(tmp_path / "kept" / "state"))
    return tmp_path / "kept" / "state"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_addresses_are_read_back_until_they_are_cleared(place):
    assert state.read_addresses() is None
    addresses = state.Addresses("postgresql://a:b@c/d", "postgresql://o:b@c/d", "redis://:p@c/0")
    state.write_addresses(addresses)
    assert state.read_addresses() == addresses
    assert (mode(place), mode(place / "addresses.json")) == (0o700, 0o600)
    state.clear_addresses()
    assert state.read_addresses() is None


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", '{"database_url": "x"}', '{"more": 1}', "\xff\xfe"])
def test_a_damaged_address_file_is_no_address(place, content):
    state.state_dir()
    (place / "addresses.json").write_bytes(content.encode("latin-1"))
    assert state.read_addresses() is None


def test_everyone_who_asks_at_once_gets_the_same_key_and_keeps_it(place):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: state.secret_key(), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert mode(place / "secret_key") == 0o600
    assert [path.name for path in place.iterdir()] == ["secret_key"]


def test_an_empty_key_file_is_made_anew(place):
    state.state_dir()
    (place / "secret_key").touch()
    assert len(state.secret_key()) >= 50


def test_a_place_that_cannot_be_a_folder_is_an_error_that_says_what_to_do(place):
    place.parent.touch()
    with pytest.raises(state.StateError, match="PARLEY_STATE_DIR"):
        state.secret_key()
