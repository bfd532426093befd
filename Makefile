# make demo, make test, make serve; the rest is for those who change the code.
.PHONY: help demo test serve lint bench lock setup translations
.DEFAULT_GOAL := help
FAST ?=
PORT ?= 8000
SERVE ?= 1
PYTHON := .venv/bin/python

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: ## set up, walk the main job over HTTP with invented people in var/demo, serve on 127.0.0.1:$(PORT) (SERVE=0: end after it)
	@deploy/setup.sh runtime
	@PYTHONUTF8=1 $(PYTHON) -m lms demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

test: ## the whole suite on SQLite and PostgreSQL (FAST=1: the quick part of the core, on SQLite)
	@deploy/setup.sh test
	@$(if $(FAST),LMS_TEST_FAST=1) $(PYTHON) -m pytest --dist worksteal -n $(if $(FAST),2,3) $(if $(FAST),tests -m "not slow and not browser and not redis")

serve: ## set up, load the city and the course packages into var/academy, serve on 127.0.0.1:$(PORT)
	@deploy/setup.sh runtime
	@export LMS_DATA_DIR=var/academy; set -e; \
	 $(PYTHON) -m lms db upgrade; $(PYTHON) -m lms orgs load; \
	 $(PYTHON) -m lms courses import --publish courses/*/; \
	 exec $(PYTHON) -m lms serve --port $(PORT)

lint: ## ruff, mypy, import contracts
	@deploy/setup.sh test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --config setup.cfg

bench: ## every benchmark, each with its limit measured in the same run
	@deploy/setup.sh test
	@set -e; for file in bench/[a-z]*.py; do name=$$(basename $$file .py); echo "== $$name"; $(PYTHON) -m bench.$$name; done

translations: ## collect texts from code and templates into the catalogues
	@deploy/setup.sh test
	@mkdir -p .cache
	.venv/bin/pybabel -q extract -F deploy/babel.cfg -k _l -k lazy_gettext --no-location --sort-output -o .cache/messages.pot lms
	.venv/bin/pybabel -q update -i .cache/messages.pot -d lms/translations --no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date

lock: ## resolve the dependencies again
	@test -x .cache/lock/bin/uv || (python3 -m venv .cache/lock && .cache/lock/bin/pip -q install uv)
	.cache/lock/bin/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url setup.cfg -o deploy/requirements.lock
	.cache/lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --extra dev -c deploy/requirements.lock setup.cfg -o deploy/requirements-dev.lock
