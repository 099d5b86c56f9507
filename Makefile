# Two commands on a bare machine (Python and pip only): `make run` and `make test`. Both install what they need.
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
WANTED := $(shell cat .python-version)
# A Python that pyenv keeps is used where it is not on the path; otherwise uv looks for one.
PYENV_PYTHON := $(lastword $(wildcard $(HOME)/.pyenv/versions/$(WANTED)*/bin/python))

.PHONY: install run test lint types contract unit lock clean

install: $(VENV)/.installed

run: install
	$(BIN)/crosstrial run --preset quick --out runs/quick

test: install lint types contract unit

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

contract: install
	$(BIN)/lint-imports

unit: install
	$(BIN)/pytest -q -m "not slow" -n 2 --dist loadfile

lock: $(UV)
	$(UV) pip compile pyproject.toml --all-extras --python-version 3.13 --no-emit-index-url --no-header -q -o requirements.txt

$(VENV)/.installed: pyproject.toml requirements.txt | $(UV)
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(or $(PYENV_PYTHON),$(WANTED)) $(VENV) || { echo \
	  "Python $(WANTED) was neither found nor could it be downloaded: install it (e.g. pyenv install $(WANTED))," \
	  "put it on the path as python$(WANTED), and call make again." >&2; exit 1; }
	$(UV) pip sync --quiet --python $(BIN)/python requirements.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv

clean:
	rm -rf $(VENV) .tools .pytest_cache .mypy_cache .ruff_cache runs
