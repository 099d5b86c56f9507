# Two commands on a bare machine (Python and pip only): `make run` and `make test`. Both install what they need.
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)

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
	test -x $(BIN)/python || $(UV) venv --quiet $(VENV)
	$(UV) pip sync --quiet --python $(BIN)/python requirements.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/python -m pip install --quiet uv

clean:
	rm -rf $(VENV) .tools .pytest_cache .mypy_cache .ruff_cache runs
