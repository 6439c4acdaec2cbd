# Everything starts here: `make demo` shows it, `make test` checks it. Both work from a fresh clone with
# python3 (3.11 or later), pip and make; uv is used when it is on the PATH.
#
#   TORCH_INDEX=URL       an extra package index, for instance one that holds the small CPU build of torch
#   PIP_FIND_LINKS=PLACE  a folder or page of wheels
#   ENGRAM_HOME=FOLDER    where `make demo` keeps its adapters (default: .engram in this folder)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
INDEX := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
LINKS := $(if $(PIP_FIND_LINKS),$(foreach place,$(PIP_FIND_LINKS),--find-links $(place)))
ifdef UV
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --index-strategy unsafe-best-match $(INDEX) $(LINKS)
else
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(INDEX) $(LINKS)
endif
export ENGRAM_HOME ?= $(CURDIR)/.engram

.PHONY: help demo story test test-all test-e2e-mlx-short lint format cover bench status reference clean

help:  ## this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

demo: $(VENV)/.run  ## teach the shipped patterns to the embedded model and show before and after
	@$(BIN)/engram demo $(ARGS)

test: $(VENV)/.dev  ## the tests of every change (a few minutes)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m "not slow" $(ARGS)

test-all: $(VENV)/.dev  ## every test, long counts and the embedded model included
	@$(BIN)/python -m pytest -n 2 $(ARGS)

test-e2e-mlx-short: $(VENV)/.dev  ## mlx from end to end: teach, answer, export, serve (two minutes)
	@$(BIN)/python -m pytest tests/e2e/test_mlx_short.py $(ARGS)

lint: $(VENV)/.dev  ## style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(VENV)/.dev  ## mend what the formatter can mend
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

cover: $(VENV)/.dev  ## line coverage of make test
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m "not slow" --cov --cov-report=term --cov-report=json:.coverage.json

story: $(VENV)/.run  ## three days and nights of a made-up life on the embedded model, every verdict said
	@$(BIN)/python -m benchmarks.story $(ARGS)

bench: $(VENV)/.run  ## start-up and lessons, each beside its rival (a minute); more in benchmarks/
	@$(BIN)/python -m benchmarks.startup
	@$(BIN)/python -m benchmarks.lessons

status: $(VENV)/.dev  ## docs/status.md and the README's measured section, from what is known
	@$(BIN)/python -m tools.status

reference: $(VENV)/.dev  ## docs/commands.md, docs/settings.md and the README's command table, from the code
	@$(BIN)/python -m tools.reference

clean:  ## remove the environment and everything made by make
	@rm -rf $(VENV) .engram build dist .coverage* .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Engram needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try make PYTHON=python3.12.") if sys.version_info < (3, 11) else None'
ifdef UV
	@$(UV) venv --quiet --python $(PYTHON) $(VENV)
else
	@$(PYTHON) -m venv $(VENV)
endif

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Engram and PyTorch into $(VENV) (once) ..." >&2
	@$(INSTALL) -c constraints.txt -e ".[torch]"
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Engram, PyTorch, MLX and the test tools into $(VENV) (once) ..." >&2
	@$(INSTALL) -c constraints.txt -e ".[torch,mlx,gguf,parquet,dev]"
	@touch $@ $(VENV)/.run
