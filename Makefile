# Each target makes the virtual environment and installs what it needs. ARGS="…" goes to the command behind it.
PYTHON_OF_PARLEY := .venv/bin/python
MAKEFLAGS += --no-print-directory
ARGS ?=
SOURCES := platform conversations memory routing simulator bench manage.py

.PHONY: help setup setup-dev run test chaos lint bench

help:
	@echo "make run     everything on this machine, at http://127.0.0.1:8000/   (PORT=8001 for another port)"
	@echo "make test    the test suite                                          (ARGS='-k turn' for a part)"
	@echo "make chaos    faults against real processes, with those that take longer (ARGS='-k poison')"
	@echo "make lint    style, types, import directions, templates, migrations"
	@echo "make bench   the benchmarks                                          (ARGS='turns')"
	@echo "make setup   the virtual environment and the requirements, nothing started"

setup:
	@sh platform/embedded/setup.sh

setup-dev:
	@sh platform/embedded/setup.sh dev

run: setup
	@exec $(PYTHON_OF_PARLEY) manage.py up $(ARGS)

test: setup-dev
	@sh platform/embedded/chromium.sh
	@$(PYTHON_OF_PARLEY) -m pytest --numprocesses 3 --dist loadfile -m "not slow" $(ARGS)

# One process: the faults are enough for two cores.
chaos: setup-dev
	@$(PYTHON_OF_PARLEY) -m pytest tests/chaos $(ARGS)

# All of them, whichever fails: one round of mending instead of six.
lint: setup-dev
	@failed=0; \
	run() { echo "$$*"; "$$@" || failed=1; }; \
	run $(PYTHON_OF_PARLEY) -m ruff check --quiet --output-format concise .; \
	run $(PYTHON_OF_PARLEY) -m ruff format --quiet --check --output-format concise .; \
	run $(PYTHON_OF_PARLEY) -m mypy $(SOURCES); \
	PYTHONPATH=.:platform run .venv/bin/lint-imports; \
	run $(PYTHON_OF_PARLEY) -m djlint --lint --quiet $(wildcard templates */templates platform/*/templates); \
	run $(PYTHON_OF_PARLEY) manage.py missing_migrations; \
	exit $$failed

bench: setup-dev
	@$(PYTHON_OF_PARLEY) -m bench $(ARGS)
