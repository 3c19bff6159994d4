# make demo | test | lint | bench | field | prove | mutate | docs | lock   (ARGS="..." is passed on)
# The distribution's Python, where it will do: one compiled by hand is often half as fast.
PYTHON ?= $(or $(shell for python in /usr/bin/python3 python3; do \
	$$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null && echo $$python && break; \
	done),python3)
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
FIELD := .venv-field
MUTMUT := .mutmut
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint bench field prove mutate docs lock clean
demo: $(STAMP)
	@$(BIN)/prevenance demo $(ARGS)

# Four at once on two cores, for half of what they take is waiting; in order, so that a folder shares its servers.
test: $(STAMP)
	@$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(STAMP)
	@$(BIN)/python -m benchmarks $(ARGS)

field: $(FIELD)/.ready
	@$(BIN)/python -m benchmarks --only field --keep $(ARGS)

prove: $(STAMP)
	@$(BIN)/pytest -m prove -s $(ARGS)

mutate: $(MUTMUT)/.ready
	@PYTHONPATH=$(CURDIR)/$(MUTMUT) $(BIN)/python -m tests.mutants $(ARGS)

docs: $(STAMP)
	@$(BIN)/python -m handbook

$(STAMP): pyproject.toml requirements/dev.lock
	@echo "prevenance: building $(VENV), about a minute, the first time only ..." >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "prevenance needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@$(PYTHON) -c 'import shutil, sys; sys.exit(sys.version_info >= (3, 13) and not shutil.which("cc") and "there is no wheel of the embedded Redis for Python 3.13, it is compiled: install a C compiler, or make PYTHON=python3.12 ...")'
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet uv==0.13.9; }
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements/dev.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
	@echo "prevenance: $(VENV) is ready" >&2

$(FIELD)/.ready: $(STAMP) requirements/field.lock
	@echo "prevenance: building $(FIELD) for systems that are only measured, the first time only ..." >&2
	@$(PYTHON) -m venv $(FIELD)
	@VIRTUAL_ENV=$(FIELD) $(BIN)/uv pip install --quiet --compile-bytecode --no-deps --require-hashes -r requirements/field.lock
	@touch $@

$(MUTMUT)/.ready: $(STAMP) requirements/mutate.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --target $(MUTMUT) --no-deps --require-hashes -r requirements/mutate.lock
	@touch $@

lock: $(STAMP)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --extra dev pyproject.toml requirements/build.in -o requirements/dev.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --extra tracing --constraint requirements/dev.lock pyproject.toml requirements/build.in -o requirements/run.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --overrides requirements/field.in pyproject.toml requirements/build.in requirements/field.in -o requirements/field.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements/mutate.in -o requirements/mutate.lock

clean:
	rm -rf $(VENV) $(FIELD) $(MUTMUT) build .cache
