# `make run` and `make test` do everything on a fresh machine; running them again is quick.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core-installed
DEV := $(VENV)/.dev-installed
FILE ?=
BENCH ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test setup lint bench

run: $(CORE)
	@.ci/qt-libs
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  echo "There is no display here, so the demo drives the window off screen and leaves its files in out/demo."; \
	  QT_QPA_PLATFORM=offscreen $(BIN)/python main.py demo --out out/demo; \
	else \
	  $(BIN)/python main.py $(FILE); \
	fi

test: $(DEV)
	@.ci/qt-libs
	$(BIN)/python -m pytest

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/lint-imports --config .ci/loops.toml
	$(BIN)/pyright

bench: $(DEV)
	@.ci/qt-libs
	$(BIN)/python -m tests.bench $(BENCH)

setup: $(DEV)
	@.ci/qt-libs

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Layerloom needs Python 3.11 or newer; name one with PYTHON=..., for example: make PYTHON=python3.12 run"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(CORE): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable . --constraint constraints.txt
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]' --constraint constraints.txt
	@touch $@ $(CORE)
