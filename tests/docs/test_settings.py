"""docs/settings.md lists every setting, with its default and its meaning, and nothing else."""

import os
import re
import subprocess
import sys
from typing import NamedTuple

import pytest

from parley import env
from tests.plugin import REPOSITORY

PAGE = REPOSITORY / "docs" / "settings.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`(.*?)` )?\| (.*?) \| `(.*?)`(?: \(.*\))? \|$", re.MULTILINE)


class Row(NamedTuple):
    name: str
    default: str
    meaning: str
    example: str


ROWS = {row[0]: Row(*row) for row in ROW.findall(PAGE.read_text())}


def test_no_row_is_written_in_another_way():
    names = re.findall(r"^\| `(\w+)`", PAGE.read_text(), re.MULTILINE)
    assert len(names) == len(set(names))
    assert set(names) == set(ROWS), "rows read: | `NAME` | `default` | meaning | `NAME=example` |"


def test_every_declared_variable_is_documented_and_no_other():
    assert set(ROWS) == set(env.DECLARED), "declare it in parley/settings.py and describe it in docs/settings.md"


@pytest.mark.parametrize("name", ROWS)
def test_default_and_meaning_are_those_of_the_code(name):
    declared = env.DECLARED[name]
    assert ROWS[name][1:3] == (declared.default, declared.help)


def test_every_example_sets_its_own_variable():
    assert [row.name for row in ROWS.values() if not row.example.startswith(f"{row.name}=")] == []


def test_an_installation_with_every_example_starts(tmp_path):
    examples = dict(row.example.split("=", 1) for row in ROWS.values())
    environment = {**os.environ, **examples, "PARLEY_STATE_DIR": str(tmp_path), "PYTHONPATH": "platform"}
    command = [sys.executable, "-W", "error", "-c", "import parley.settings"]
    subprocess.run(command, env=environment, cwd=REPOSITORY, check=True)
