# The two commands a newcomer needs are `make demo` and `make test`. Everything is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DB ?= sqlite
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo demo-dispute serve test check words simulate lint types contracts migrations fix bench docs setup setup-dev chromium tools clean

help:            ## say what there is
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

demo: setup      ## set everything up and open a store with a demo label
	@$(BIN)/obbligato demo

demo-dispute: setup  ## the same, with a dispute played in it: two card companies walk out, and come back by a ruling
	@BANK_IBAN=$${BANK_IBAN:-DE89370400440532013000} BANK_NAME="$${BANK_NAME:-The demo store}" $(BIN)/obbligato demo --dispute

serve: setup     ## open your own store (OBBLIGATO_DATA names its folder, PORT its port)
	@$(BIN)/obbligato serve

test: setup-dev chromium tools  ## run all tests; DB=postgres runs them on PostgreSQL
	@DB=$(DB) $(BIN)/python -m tests.run

check: setup-dev lint contracts types migrations  ## what CI runs: format, lint, types, contracts, migrations, 20,000 simulated steps, tests
	$(BIN)/obbligato simulate --seeds 10 --steps 2000 --quiet --at-once 2
	@$(MAKE) --no-print-directory test COVERAGE=1

simulate: setup  ## run the store a million steps against a world that does its worst (an hour or two)
	$(BIN)/obbligato simulate --seeds 100 --steps 10000 --at-once $$(getconf _NPROCESSORS_ONLN)

lint:
	$(BIN)/ruff format --check --quiet src tests bench
	$(BIN)/ruff check --quiet src tests bench

contracts:
	$(BIN)/lint-imports

types:
	OBBLIGATO_DATA=$(VENV)/checks $(BIN)/mypy

migrations:
	OBBLIGATO_DATA=$(VENV)/checks $(BIN)/obbligato makemigrations --check --dry-run

fix: setup-dev   ## format and mend what can be mended
	$(BIN)/ruff check --fix --quiet src tests bench
	$(BIN)/ruff format --quiet src tests bench

words: setup-dev ## gather the words of pages and sentences into the catalogues of languages, and compile those
	@OBBLIGATO_DATA=$(VENV)/checks DJANGO_SETTINGS_MODULE=obbligato.config.settings $(BIN)/python -m tests.catalogues

bench: setup-dev ## measure beside public tools; ONLY=encode (or import, pages, money, search, catalogue, log, casefile, orders) for a part, LARGE=1 for ten million tracks; prints one table
	@sh tests/find_tools.sh bench
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick) $(if $(LARGE),--large)

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Obbligato needs Python 3.11 or newer; PYTHON=/path/to/python3.12 make demo names another one."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "This Python cannot make a virtual environment. On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the store needs (once) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

chromium:
	@sh tests/find_chromium.sh

tools:
	@sh tests/find_tools.sh

clean:           ## forget the virtual environment (never the store's data)
	rm -rf $(VENV)
