# Everything a contributor does, from a fresh clone, with Python 3.11 or newer on the machine.

DATA ?= data
VENV := .venv
BIN := $(VENV)/bin

# The first interpreter that is new enough and can make a virtual environment.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Installed packages are current while a stamp for exactly these lock files exists.
RUNTIME := $(VENV)/installed-$(shell cat requirements.lock pyproject.toml | cksum | cut -d' ' -f1)
DEV := $(VENV)/installed-dev-$(shell cat requirements-dev.lock pyproject.toml | cksum | cut -d' ' -f1)

# The locks are complete, so pip resolves nothing; -qq hides notes about the machine's own pip settings, not errors.
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' pyproject.toml --group build

# Tests start Python hundreds of times: what is compiled is kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install dev serve test check format lock docs bench clean browser

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install: $(RUNTIME) ## Install Parley into .venv (the CLI is .venv/bin/parley)
	@:

dev: $(DEV) ## Install Parley with everything that tests and checks need
	@:

serve: install ## Load the demo tenant once, then serve it (DATA=folder to choose where)
	@test -e $(DATA)/demo.json || $(BIN)/parley demo --data $(DATA)
	@$(BIN)/parley serve --data $(DATA)

test: dev browser ## Run every test (ARGS='-k name' to choose)
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: dev ## Format, lint, types, then every test
	@$(BIN)/ruff format --check --quiet . || { echo 'Run: make format' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(MAKE) --no-print-directory test

format: dev ## Format the code and apply safe lint fixes
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

lock: dev ## Renew both lock files from pyproject.toml (ARGS=--upgrade for newer versions)
	@$(UV_COMPILE) $(ARGS) -o requirements.lock
	@$(UV_COMPILE) $(ARGS) --group dev --all-extras -o requirements-dev.lock

docs: dev ## Renew the pages under docs/ that are made from the code
	@$(BIN)/python -c 'from parley.server import config; print(config.document(), end="")' > docs/configuration.md
	@$(BIN)/python -m parley.cli.reference > docs/cli.md

bench: dev ## Run the benchmarks and print their ratios (ARGS='--only 1,3' to choose, '--scale 20000' for a quick look)
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## Remove .venv and caches; never touches data folders
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Parley needs Python 3.11 or newer with venv; none was found on PATH.' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): | $(BIN)/python
	@echo 'Installing Parley into $(VENV) ...'
	@$(PIP_INSTALL) --require-hashes -r requirements.lock
	@$(PIP_INSTALL) --no-build-isolation -e .
	@touch $@

$(DEV): | $(BIN)/python
	@echo 'Installing Parley and its development tools into $(VENV) ...'
	@$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@$(PIP_INSTALL) --no-build-isolation -e .
	@touch $@ $(RUNTIME)

# Browser tests drive Chromium; without it they skip themselves and say so.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo 'Installing chromium for the browser tests ...'; \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get install -qq -y --no-install-recommends chromium || \
		  { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; }; } >/dev/null 2>&1 || \
		echo 'chromium could not be installed: browser tests will be skipped.' >&2; \
	else \
		echo 'chromium is not installed: browser tests will be skipped. Install it with your package manager.' >&2; \
	fi
