# Everything runs in .venv; the first target that needs it makes it. Python 3.11 to 3.13: `make test PYTHON=python3.13`.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV   ?= .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test local bench lint format requirements clean

help: ## what can be run
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

$(READY): requirements-dev.txt infra/local/setup_runtime.py
	@test -n "$(PYTHON)" || { echo "No Python found: install Python 3.11, 3.12 or 3.13."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "$(PYTHON) is not Python 3.11 to 3.13: call make with PYTHON=<path>."; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) …"
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(PY) -m infra.local.setup_runtime
	@touch $(READY)

setup: $(READY) ## virtual environment with everything in it

demo: $(READY) ## play the story in a local world
	@$(PY) -m infra.local.story $(ARGS)

test: $(READY) ## the whole suite, as CI runs it
	@$(PY) -m infra.local.azurite install
	@$(PY) -m pytest $(ARGS)

local: $(READY) ## keep the local world running
	@$(PY) -m infra.local $(ARGS)

bench: $(READY) ## measure; results in bench/results
	@$(PY) -m bench $(ARGS)

lint: $(READY) ## ruff and mypy
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

format: $(READY) ## let ruff write the code the way it wants it
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

requirements: $(READY) ## compile requirements.txt and requirements-dev.txt from pyproject.toml
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --no-header pyproject.toml -o requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --no-header pyproject.toml --extra dev \
	  -c requirements.txt -o requirements-dev.txt

clean: ## remove everything that was made
	rm -rf $(VENV) .local dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
