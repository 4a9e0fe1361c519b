# Two commands on a fresh machine with Python 3.11 (venv) and make:  make demo   make test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP_BASE := $(VENV)/.base-$(shell cksum < requirements/base.txt | cut -d' ' -f1)
STAMP_DEV := $(VENV)/.dev-$(shell cksum < requirements/dev.txt | cut -d' ' -f1)

# Many processes start here; where modules may not be kept compiled, each compiles all of them: 3 s of processor apiece.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup install demo serve test quick journeys check schema trace bench drill fix lock clean
help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或以上（当前 $$($(PYTHON) -V)）；可用 make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "建立虚拟环境失败：Debian/Ubuntu 请先安装 python3-venv"; exit 1; }
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/install.txt

$(STAMP_BASE): $(BIN)/python requirements/base.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/base.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(STAMP_DEV): $(STAMP_BASE) requirements/dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(STAMP_DEV)  ## install everything, also for development
install: $(STAMP_BASE)  ## install what a server needs (docs/runbooks/install.md)
demo: $(STAMP_BASE)  ## load the synthetic city and serve it on http://127.0.0.1:8000
	@$(BIN)/xueji demo
serve: $(STAMP_BASE)  ## serve an empty (or your own) install
	@$(BIN)/xueji serve
test: quick journeys  ## all fast tests (two processes), then the browser journeys
quick: $(STAMP_DEV)  ## all fast tests without the browser (M=database: those that ask one; XUEJI_POSTGRES=system: the system's)
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not e2e and not drill$(if $(M), and $(M))" $(T)
journeys: $(STAMP_DEV)  ## the browser journeys
	$(BIN)/python -m pytest -q -m e2e -p no:randomly
check: $(STAMP_DEV)  ## lint, format, types, walls, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --quiet --lint src/xueji/web/templates src/xueji/web/tables
	$(BIN)/xueji manage makemigrations --check --dry-run
schema: $(STAMP_DEV)  ## write down what the migrations make of an empty database, for the audit (after every change of a model)
	$(BIN)/python -m tests.schema
trace: $(STAMP_DEV)  ## which requirements have tests and which have not
	@$(BIN)/python -m tests.trace
bench: $(STAMP_DEV)  ## every short bench, as JSON lines; B="province load register" for the long ones (docs/bench.md)
	@for name in $(or $(B),$(filter-out province load register,$(basename $(notdir $(filter-out bench/_%,$(wildcard bench/*.py)))))); do $(BIN)/xueji bench $$name --json; done
drill: $(STAMP_DEV)  ## long drills: kill -9 of web, worker and database; lines broken one by one
	$(BIN)/python -m pytest -q -m drill -p no:randomly
fix: $(STAMP_DEV)  ## format and mend what can be mended
	$(BIN)/ruff check --fix -q . || true
	$(BIN)/ruff format .
lock:  ## pin the newest allowed packages with their hashes
	$(BIN)/uv pip compile -q --upgrade pyproject.toml --generate-hashes --no-header --no-annotate -o requirements/base.txt
	$(BIN)/uv pip compile -q --upgrade pyproject.toml --extra dev --generate-hashes --no-header --no-annotate -o requirements/dev.txt
clean:  ## remove the environment and the evaluation data
	-@$(BIN)/python -c 'from xueji.config import postgres; postgres.stop(postgres.cluster())' 2>/dev/null
	rm -rf $(VENV) .local
