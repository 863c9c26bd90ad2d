# Two commands for a newcomer: `make demo` and `make test`. Everything else is for those who stay.
PY    ?= $(shell command -v python3.11 || command -v python3)
V     := .venv/bin
STAMP := .venv/.complete

$(STAMP): requirements.lock pyproject.toml
	@echo "setup: virtual environment in .venv, packages of requirements.lock checked by hash"
	@$(PY) -c 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 11) else "setup: Python 3.11 is needed, $(PY) is " + sys.version.split()[0] + "; name another with make PY=/path/to/python3.11")'
	@$(PY) -m venv --clear .venv
	@$(V)/python -m pip install -q --disable-pip-version-check uv==0.13.9
	@$(V)/uv pip sync -q --require-hashes --python $(V)/python requirements.lock
	@$(V)/python -m pip uninstall -q -y --disable-pip-version-check uv 2>/dev/null || true
	@$(V)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: setup demo test test-slow check lint types bench bench-sources bench-linking bench-reading bench-files lock clean
setup: $(STAMP)

demo: setup  ## two invented nights, offline: ranked table, changes, account sheets in ./demo-out
	@$(V)/grandcompte demo --out demo-out

test: setup  ## the whole default suite
	@echo "test: pytest on all cores, PostgreSQL from a wheel on loopback"
	@$(V)/python -m pytest -q -n auto

test-slow: setup  ## the stories that need many whole nights
	@$(V)/python -m pytest -q -n auto -m slow

lint: setup
	@$(V)/ruff check . && $(V)/ruff format --check .

types: setup
	@$(V)/mypy

check: lint types test test-slow  ## what continuous integration runs

bench: setup  ## measures, and prints what it measured
	@$(V)/python -m benchmarks

bench-sources: setup  ## pages per CPU second beside bare httpx, bombs, archive, faults
	@$(V)/python -m benchmarks sources

bench-files: setup  ## stock files of millions of rows: seconds, memory, share of polars' own speed
	@$(V)/python -m benchmarks files

bench-linking: setup  ## names against names: seconds and memory at 100,000 and a million
	@$(V)/python -m benchmarks link_speed

bench-reading: setup  ## MB and pages a second of `grandcompte read` by kind, beside a bs4-only reading
	@$(V)/python -m benchmarks reading

lock:  ## rewrite requirements.lock from requirements.in, hashes and no host names
	@$(PY) -m venv .venv-lock && .venv-lock/bin/python -m pip install -q --disable-pip-version-check uv==0.13.9
	@.venv-lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate requirements.in -o requirements.lock
	@! grep -nE '//|index-url|find-links' requirements.lock
	@rm -rf .venv-lock

clean:
	@rm -rf .venv demo-out .pytest_cache .mypy_cache .ruff_cache
