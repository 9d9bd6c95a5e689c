# Every target does its own set-up; a second run of it costs nothing.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
LOCKS := requirements.lock requirements-dev.lock
CODE := $(wildcard queue_service integrations tests loadtests)

# Named by the caller where the usual ones will not do.
export PYTHON CHROMIUM
# Tests start hundreds of processes, and each would compile all of its modules again.
unexport PYTHONDONTWRITEBYTECODE
ARGS ?=

.PHONY: help
help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: $(READY) ## make .venv with .venv/bin/antrean in it
	@echo "antrean: .venv/bin/antrean is ready."

.PHONY: demo
demo: $(READY_DEV) mariadb ## run everything in one process with two example agencies; ARGS="--still --port 8080"
	@$(BIN)/antrean demo $(ARGS)

# One more than the cores of a small machine: each test waits for something about half of the time.
.PHONY: test
test: browser compiler databases mariadb provider client ## run the tests; ARGS="-k kiosk"
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: slow
slow: browser compiler databases mariadb ## run the tests that take minutes
	@$(BIN)/pytest -m slow -o faulthandler_timeout=3600 $(ARGS)

.PHONY: faults
faults: $(READY_DEV) compiler databases ## break everything that can break, count what is lost, and print a table
	@$(BIN)/pytest -q tests/faults -m "" -o faulthandler_timeout=1800 $(ARGS)

.PHONY: check
check: lint test ## format, lint, types, import rules, then the tests

.PHONY: lint
lint: $(READY_DEV) ## the checks that run nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(READY_DEV) ## format the code, and mend what ruff can mend
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: words
words: $(READY_DEV) ## collect the sentences for people, and merge them into the catalogue
	@$(BIN)/python -m queue_service.web.pages.extraction

.PHONY: bench
bench: $(READY_DEV) compiler ## measure, and print a table
	@$(BIN)/python -m loadtests.bench $(ARGS)

.PHONY: image-test
image-test: $(READY_DEV) ## build the images and run docker-compose.yml for real, with Podman; takes minutes
	@scripts/image-test $(ARGS)

.PHONY: load
load: $(READY_DEV) databases ## send a crowd for a minute, and compare the journal; ARGS="opening --scale 0.1"
	@$(BIN)/python -m loadtests.load $(ARGS)

.PHONY: peers
peers: $(READY_DEV) ## install the other servers that `make bench ARGS=peers` measures
	@scripts/need-peers

.PHONY: lock
lock: $(READY_DEV) ## write the locks anew; ARGS=--upgrade for newer versions
	@scripts/lock $(ARGS)

.PHONY: clean
clean: ## remove what make, pip and the tools made; the service's data stays
	@rm -rf $(VENV) build loadtests/build dist .pdm-build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: browser
browser: $(READY_DEV)
	@scripts/need-chromium

.PHONY: compiler
compiler:
	@scripts/need-gcc

.PHONY: databases
databases:
	@scripts/need-postgresql
	@scripts/need-redis

.PHONY: mariadb
mariadb:
	@scripts/need-mariadb

.PHONY: provider
provider:
	@scripts/need-provider
	@scripts/need-validator

.PHONY: client
client:
	@scripts/need-jkn

$(READY): requirements.lock pyproject.toml
	@scripts/make-venv
	@scripts/install requirements.lock
	@touch $@

# The largest lock holds all of the others: one installation serves all.
$(READY_DEV): $(LOCKS) pyproject.toml
	@scripts/make-venv
	@scripts/install requirements-dev.lock
	@touch $(READY) $@
