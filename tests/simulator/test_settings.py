"""Settings: what is refused, and that all of them are documented."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from simulator import SettingsError, Simulator
from simulator.faults import Kind
from simulator.settings import ABOUT

DOCS = Path(__file__).resolve().parents[2] / "docs" / "simulator.md"

BAD: list[tuple[str, Any, str]] = [
    ("no_such_setting", 1, "is not a setting; there are: time_to_first_token"),
    ("time_to_first_token", -0.1, "must be a number from 0"),
    ("time_to_first_token", True, "must be a number"),
    ("time_to_first_token", None, "must be a number"),
    ("time_to_first_token", float("inf"), "must be a number"),
    ("jitter", 1.5, "must be a number from 0 to 1"),
    ("tokens_per_second", 0, "must be a number from 0.001"),
    ("chunk_tokens", 0, "must be a whole number from 1"),
    ("output_tokens", 1.5, "must be a whole number"),
    ("reply", "", "must be a text that is not empty"),
    ("reply", 5, "must be a text"),
    ("requests_per_minute", 0, "must be a whole number from 1"),
    ("requests_per_minute", -5, "must be a whole number from 1"),
    ("requests_per_minute", 10**30, "must be a whole number from 1"),
    ("burst_seconds", 0, "must be a number from 0.01"),
    ("output_charge", "never", "must be one of vendor, produced, reserved, settled"),
    ("retry_after_format", ["date"], "must be one of seconds, date, none"),
    ("api_keys", [], "must be a list of one or more texts"),
    ("api_keys", ["sk-hidden", 3], "must be a list of one or more texts"),
    ("models", {"a": 1}, "must be a list of one or more texts"),
    ("per_model", ["a"], "must be an object of objects"),
    ("per_model", {"a": {"models": ["b"]}}, "must not hold models for a"),
    ("per_model", {"a": {"reply": 5}}, "reply must be a text"),
]


@pytest.mark.parametrize(("name", "value", "said"), BAD)
async def test_a_bad_setting_is_refused_by_name_and_changes_nothing(
    sim: Simulator, http: httpx2.AsyncClient, name: str, value: object, said: str
) -> None:
    before = sim.settings()
    with pytest.raises(SettingsError, match=name):
        sim.set(**{"reply": "changed", name: value})
    body = json.dumps({"seed": 1, name: value})
    response = await http.post(f"{sim.control_url}/settings", content=body)
    assert response.status_code == 400
    assert said in response.json()["error"][name]
    assert "sk-hidden" not in response.text
    assert sim.settings() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b"[" * 100_000])
async def test_settings_that_are_no_object_are_refused(sim: Simulator, http: httpx2.AsyncClient, body: bytes) -> None:
    response = await http.post(f"{sim.control_url}/settings", content=body)
    assert response.status_code == 400
    assert "body" in response.json()["error"]


async def test_settings_are_merged_and_shown(sim: Simulator, http: httpx2.AsyncClient) -> None:
    url = f"{sim.control_url}/settings"
    await http.post(url, json={"reply": "one", "jitter": 0.5})
    shown = (await http.post(url, json={"reply": None, "models": "a, b"})).json()
    assert shown == (await http.get(url)).json()
    assert (shown["reply"], shown["jitter"], shown["models"]) == (None, 0.5, ["a", "b"])
    assert set(shown) == set(ABOUT)


def test_every_setting_and_fault_is_documented() -> None:
    text = DOCS.read_text()
    assert [name for name in [*ABOUT, *Kind] if f"`{name}`" not in text] == []
