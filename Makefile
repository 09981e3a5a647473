PYTHON ?= python3
BIN := .venv/bin
SANDBOX = $(BIN)/python -m sandbox
SITE = $(BIN)/sphinx-build --quiet --fail-on-warning --jobs 2 --conf-dir docs --doctree-dir site/.doctrees $(DOCS) . site

# Without bytecode each of the hundreds of processes that tests start would compile the project again.
unexport PYTHONDONTWRITEBYTECODE

# The distributions, each by its folder: no registry is asked for their names.
DISTRIBUTIONS = ./host ./engine ./sandbox ./policies .
NAMES = pulumi-dynamic-host pulumi-embedded-engine pulumi-workspace365-sandbox pulumi-workspace365-policies pulumi-workspace365

.DEFAULT_GOAL := up
.PHONY: help up preview refresh destroy reset test test-all campaign matrix bench check docs format lock wheels dist
## help       these lines
help:
	@sed -n 's/^## /make /p' $(firstword $(MAKEFILE_LIST))

## up         deploy the stack on local servers and check it; REPORT=FILE writes a page about it
## preview    show what `make up` would change
## refresh    take changes made behind Pulumi's back into the stack's state
## destroy    delete everything that the stack deployed
## reset      empty .sandbox: the servers' data and the stack's state
up preview refresh destroy reset: .venv/ready
	@$(SANDBOX) $@ $(if $(filter up,$@),$(if $(REPORT),--report "$(REPORT)"))

## test       run the tests, in less than five minutes; PYTEST=… gives options
test: .venv/ready
	@$(BIN)/python -m pytest -n 4 --dist worksteal -m 'not slow' $(PYTEST)

## test-all   run the slow tests
test-all: .venv/ready
	@$(BIN)/python -m pytest -n 4 --dist worksteal -m slow $(PYTEST)

## campaign   search at random for what breaks
campaign: .venv/ready
	@$(BIN)/python -m tests.campaigns

## matrix     run the tests with other Pythons, packages, clocks, orders; MATRIX=… gives options
matrix: .venv/ready
	@$(BIN)/python -m tests.matrix $(MATRIX)

## bench      measure; BENCH=… gives options
bench: .venv/ready
	@$(BIN)/python -m bench $(BENCH)

## check      check formats, types, layers, documentation
check: .venv/ready
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.docs
	@$(BIN)/python -m tests.scenarios note
	@$(SITE)
	@$(BIN)/python -m tests.docs site

## docs       make the documentation's site; DOCS=… gives options
docs: .venv/ready
	@$(SITE)
	@echo 'The documentation: site/index.html'

## format     format the code
format: .venv/ready
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

## lock       renew requirements.lock
lock:
	@uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-annotate --no-header $(NAMES:%=--no-emit-package %) --output-file requirements.lock pyproject.toml

## wheels     build the distributions in wheels/
wheels: .venv/ready
	@rm -rf wheels
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --wheel-dir wheels $(DISTRIBUTIONS)
	@echo 'The distributions are in wheels/.'

## dist       build the distributions of a release in dist/, wheels and sources
dist: .venv/ready
	@rm -rf dist
	@mkdir dist
	@for folder in $(DISTRIBUTIONS); do (cd $$folder && $(CURDIR)/$(BIN)/python -m hatchling build -d $(CURDIR)/dist >/dev/null) || exit 1; done
	@echo 'The distributions are in dist/.'

.venv/ready: pyproject.toml $(DISTRIBUTIONS:%=%/pyproject.toml) requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "Python 3.11 or newer is needed, this is %d.%d: make PYTHON=python3.12 …" % v[:2])'
	@echo "Setting up .venv (one to four minutes, once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation $(DISTRIBUTIONS:%=-e %)
	@touch $@
