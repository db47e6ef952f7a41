# `make run` plays, `make test` tests, `make check` proves the style, the types and the architecture.
# Each installs what it needs into .venv first; a second run starts at once. `make help` lists all.

PYTHON ?= python3
ARGS ?=
# Given, `make test` runs what they name, in one process: make test PYTEST_ARGS="tests/core -k channel -x"
PYTEST_ARGS ?=
# How long `make soak` lets chaos reign; what else it does takes about ten minutes more.
MINUTES ?= 10
# Processes that share the tests.
WORKERS ?= 2

VENV := .venv
PY := $(VENV)/bin/python
PYTEST := $(PY) -m pytest
CORE_TESTS := core/msgmux $(wildcard tests/core)
SOURCES := core tui tests $(wildcard screenshots)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

# An installation is done again when what it was made from has changed, and in a copied tree (a venv can't be moved).
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
MADE_FROM := pyproject.toml constraints.txt
INSTALLED := installed-$(HERE)

.DEFAULT_GOAL := help
.PHONY: bench help run test check check-format check-lint check-types check-contracts format soak screenshots core-matrix clean
.NOTPARALLEL: # the targets share one .venv

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: $(VENV)/$(INSTALLED) ## start the program: make run ARGS="play sample"
	@exec $(VENV)/bin/msgmux-tui $(ARGS)

test: $(VENV)/$(INSTALLED)-test ## the whole suite but the soak; PYTEST_ARGS="…" runs what you name
ifeq ($(strip $(PYTEST_ARGS)),)
	$(PYTEST) -n $(WORKERS) -m "not soak and not alone"
	$(PYTEST) -m "alone and not soak"
else
	$(PYTEST) $(PYTEST_ARGS)
endif

check: check-format check-lint check-types check-contracts ## format, lint, types, contracts (-k: all of them, whatever fails)

check-format: $(VENV)/$(INSTALLED)-quality
	$(PY) -m ruff format --check $(SOURCES)
check-lint: $(VENV)/$(INSTALLED)-quality
	$(PY) -m ruff check $(SOURCES)
check-types: $(VENV)/$(INSTALLED)-quality
	$(PY) -m mypy --strict -p msgmux -p msgmux_tui
	$(PY) -m mypy --strict tests
check-contracts: $(VENV)/$(INSTALLED)-quality
	$(PY) $(VENV)/bin/lint-imports --no-logo --no-cache

format: $(VENV)/$(INSTALLED)-quality ## let ruff format, and repair what it can
	$(PY) -m ruff check --fix $(SOURCES)
	$(PY) -m ruff format $(SOURCES)

# One arena for all threads, so that resident memory tells of us and not of the allocator.
soak: $(VENV)/$(INSTALLED)-test ## the tests that take minutes, and so many of chaos: make soak MINUTES=60
	MALLOC_ARENA_MAX=1 SOAK_MINUTES=$(MINUTES) $(PYTEST) -m soak -s $(PYTEST_ARGS)

bench: $(VENV)/$(INSTALLED)-bench ## the queue beside its peers: make bench ARGS="--quick --plot bench.svg"
	@exec $(VENV)/bin/msgmux-tui bench $(ARGS)

screenshots: $(VENV)/$(INSTALLED)-test ## draw the pictures of the README anew
	$(PY) screenshots/make.py

core-matrix: core-3.12 core-3.13 ## the core's tests on the other Pythons that are here

clean: ## remove what make, the build and the tools made
	rm -rf $(VENV) .venv-3.* build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache snapshot_report.html
	find core tui tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- what the targets above stand on. What is said about installing goes to stderr: stdout is the program's own.

$(VENV)/exists:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "msgmux-tui needs Python 3.11 or newer, but '$(PYTHON)' is $$($(PYTHON) -V 2>/dev/null || echo not there)." \
	    "Name another one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >&2 || { echo "'$(PYTHON) -m venv' failed (on Debian: apt-get install python3-venv)" >&2; exit 1; }
	@touch $@

$(VENV)/$(INSTALLED): $(MADE_FROM) | $(VENV)/exists
	@echo "installing msgmux-tui into $(VENV)" >&2
	@$(PY) -m pip install -q -c constraints.txt -e . >&2
	@touch $@

$(VENV)/$(INSTALLED)-test: $(MADE_FROM) | $(VENV)/exists
	@echo "installing msgmux-tui and its tests into $(VENV)" >&2
	@$(PY) -m pip install -q -c constraints.txt -e '.[test,export,web]' >&2
	@touch $@ $(VENV)/$(INSTALLED)

$(VENV)/$(INSTALLED)-bench: $(MADE_FROM) | $(VENV)/exists
	@echo "installing msgmux-tui and its peers into $(VENV)" >&2
	@$(PY) -m pip install -q -c constraints.txt -e '.[bench]' >&2
	@touch $@ $(VENV)/$(INSTALLED)

$(VENV)/$(INSTALLED)-quality: $(MADE_FROM) | $(VENV)/exists
	@echo "installing msgmux-tui and its checks into $(VENV)" >&2
	@$(PY) -m pip install -q -c constraints.txt -e '.[quality,test,export,web]' >&2
	@touch $@ $(VENV)/$(INSTALLED)

# core-3.12: with a python3.12 from the PATH or from pyenv. Its venv is made by the same rule, in .venv-3.12.
.PHONY: core-3.12 core-3.13
core-3.12 core-3.13: core-%:
	@for python in $$(command -v python$*) $(HOME)/.pyenv/versions/$*.*/bin/python$*; do \
	  if "$$python" -c 'import venv' 2>/dev/null; then \
	    $(MAKE) --no-print-directory core-here VENV=.venv-$* PYTHON="$$python"; exit $$?; \
	  fi; \
	done; \
	echo "core-matrix: no python$* here, left out"

.PHONY: core-here
core-here: $(VENV)/$(INSTALLED)-test
	@$(PY) -V
	HYPOTHESIS_PROFILE=quick $(PYTEST) -n $(WORKERS) -m "not soak and not alone" $(CORE_TESTS)
