# SPDX-License-Identifier: EUPL-1.2
# `make` alone lists what can be done. Every target does its own set-up; a second run installs nothing.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ORACLES := .venv-oracles/.ready
DEMO   ?= demo-run
SCALE  ?= 1
SEED   ?= 1
SURVIVAL := $(CURDIR)/benchmarks/results/survival.jsonl
STYLES := archive/web/styles
PIP    := -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test lint types imports unit oracles test-all test-engines test-failures bench bench-engines fuzz docs assets messages lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(READY)  ## make the virtual environment from the lock file

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Longeva needs Python 3.11 or later") if sys.version_info < (3, 11) else 0'
	@echo "Setting up $(VENV) from requirements-dev.lock (once)…"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP) --require-hashes -r requirements-dev.lock
	@$(BIN)/python $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## run the whole main job on a made-up expediente, step by step, in demo-run/
	@$(BIN)/longeva demo --home $(DEMO)

serve: $(READY)  ## serve the demo's archive at http://127.0.0.1:8080
	@$(BIN)/longeva serve --home $(DEMO)

test: lint types imports unit  ## lint, types, import contracts and every test that needs no server

lint: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .

types: $(READY)
	@$(BIN)/mypy --no-error-summary

imports: $(READY)
	@$(BIN)/lint-imports --no-logo >/dev/null || $(BIN)/lint-imports

unit: $(READY) $(ORACLES)
	@$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=term:skip-covered -m "not slow and not engines"

test-all: $(READY) $(ORACLES)  ## also the tests marked slow
	@$(BIN)/pytest -n 2 --dist worksteal

test-failures: $(READY) $(ORACLES)  ## every way of dying and of lying; SCALE=3 does more of it, SEED=7 other choices
	@mkdir -p benchmarks/results; rm -f $(SURVIVAL)
	@export LONGEVA_SURVIVAL=$(SURVIVAL) LONGEVA_SCALE=$(SCALE) LONGEVA_SEED=$(SEED) LONGEVA_EVERY=1; \
	  $(BIN)/pytest -n 2 --dist worksteal tests/failures; here=$$?; \
	  $(if $(shell command -v radosgw),LONGEVA_ENGINES=1) $(BIN)/pytest $(wildcard tests/engines/test_*.py); there=$$?; \
	  $(BIN)/python tests/support/survival.py $(SURVIVAL); exit $$((here + there))

test-engines: $(READY)  ## the tests on real servers, which they start: Ceph, PostgreSQL, OpenSearch (SKIP_CEPH=1, …)
	@LONGEVA_ENGINES=1 $(BIN)/pytest -m engines

oracles: $(ORACLES)  ## independent implementations that the tests ask for their opinion
	@$(BIN)/python tests/support/dss_oracle.py

$(ORACLES): requirements-oracles.lock
	@echo "Setting up .venv-oracles (once)…"
	@$(PYTHON) -m venv .venv-oracles
	@.venv-oracles/bin/python $(PIP) --require-hashes -r requirements-oracles.lock
	@touch $@

bench: $(READY) $(ORACLES)  ## measure against limits and peers in the same run; JSON in benchmarks/results/
	@$(BIN)/python -m benchmarks.deposit --scale $(SCALE)
	@$(BIN)/python -m benchmarks.signatures
	@$(BIN)/python -m benchmarks.evidence
	@$(BIN)/python -m benchmarks.search_million --scale $(SCALE)
	@$(BIN)/python -m benchmarks.pages
	@$(BIN)/python -m benchmarks.readers

bench-engines: $(READY)  ## writes per second into a real S3 service, beside a tight loop over the same bytes
	@$(BIN)/python -m benchmarks.engines

fuzz: $(READY)  ## a minute of broken bytes over every parser of signatures
	@PYTHONPATH=tests/support $(BIN)/python tests/fuzz/fuzz_run.py --seconds 60

docs: $(READY)  ## regenerate docs/reference from the code
	@$(BIN)/python -m tests.docs.generate

messages: $(READY)  ## bring the catalogues of the pages' languages up to date with the code
	@$(BIN)/python -m tests.i18n.messages

assets:  ## make the design system's style sheet again (needs npm; the result is committed)
	@npm --prefix $(STYLES) ci --no-audit --no-fund --silent
	@cd $(STYLES) && node_modules/.bin/sass --no-source-map --style=compressed --load-path=node_modules design.scss ../static/design.css
	@for face in serif-4:600 sans-3:400 sans-3:600; do name=source-$${face%:*}; weight=$${face#*:}; \
	  cp $(STYLES)/node_modules/@fontsource/$$name/files/$$name-latin-$$weight-normal.woff2 archive/web/static/$$name-$$weight.woff2; done

lock:  ## renew the lock files from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --extra engines --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements-engines.lock
	uv pip compile pyproject.toml --extra dev --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements-dev.lock
	uv pip compile requirements-oracles.in --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements-oracles.lock

clean:  ## remove what the targets made
	rm -rf $(VENV) .venv-oracles $(DEMO) .coverage* htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
