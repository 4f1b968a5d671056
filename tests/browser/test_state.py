"""The chat's reducer, tested by Node where there is one: it needs no page."""

import shutil
import subprocess

import pytest

from tests.plugin import REPOSITORY

MODULES = REPOSITORY / "conversations/static/parley/widget"


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_reducer_keeps_the_protocol(tmp_path):
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for name in (MODULES / "state.js", MODULES / "items.js", REPOSITORY / "tests/browser/state.test.mjs"):
        shutil.copy(name, tmp_path)
    run = subprocess.run(
        ["node", "--test", "state.test.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
