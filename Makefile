# `make run` and `make test` set everything up.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --require-virtualenv
READY  := $(VENV)/.ready
READY_TEST  := $(VENV)/.ready-test
READY_BENCH := $(VENV)/.ready-bench

# Number of processes for the tests, which wait more than they compute; 0 runs them one after another.
TESTS_AT_ONCE ?= 6
# For all fuzzers together.
FUZZ_INPUTS ?= 1000000

.PHONY: run demo test test-whole test-busy test-races test-properties test-presets test-servers test-containers check format lint types imports bench bench-light fuzz picture recording examples examples-published lock man clean

run: $(READY)  ## set everything up and start abreast
	@$(BIN)/abreast

demo: $(READY)  ## set everything up and play a recorded session
	@$(BIN)/abreast watch demo

test: $(READY_TEST)  ## set everything up and run the tests that take five minutes in all
	@$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) -m "not whole"

test-whole: $(READY_TEST)  ## run the tests of whole sessions, containers and database servers, but for those of test-races
	@$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) -m "whole and not races"

test-busy: $(READY_TEST)  ## run the tests while every core is busy
	@$(BIN)/python -m tests.busy $(BIN)/python -m pytest -n $(TESTS_AT_ONCE)

test-races: $(READY_TEST)  ## run all tests of timing, threads and processes while every core is busy; prints their times
	@$(BIN)/python -m tests.busy $(BIN)/python -m pytest -n $(TESTS_AT_ONCE) -m races --durations 0 --durations-min 1

test-properties: $(READY_TEST)  ## the tests of properties (Hypothesis), with eight times as many examples
	@$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) -m hypothesis --hypothesis-profile many

test-presets: $(READY_TEST)  ## run every preset for a few seconds
	@ABREAST_TESTS_RUN_PRESETS=1 $(BIN)/python -m pytest -n 2 tests/presets/test_runs.py

test-servers: $(READY_TEST)  ## hold every target to the contract on every server, one server after another
	@for server in uvicorn gunicorn asgi gthread sync uwsgi granian hypercorn daphne; do \
	  ABREAST_TESTS_SERVER=$$server $(BIN)/python -m pytest tests/targets/test_contract.py tests/targets/test_work.py || exit 1; \
	done

test-containers: $(READY_TEST)  ## run the tests of containers too; needs a Docker Engine
	@ABREAST_TESTS_NEED_DOCKER=1 $(BIN)/python -m pytest tests/end_to_end tests/engine tests/targets/runtime/containers

check: $(READY_TEST) format lint types imports test test-whole test-races  ## all checks and tests

format: $(READY_TEST)
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format ."; exit 1; }

lint: $(READY_TEST)
	@$(BIN)/ruff check --quiet .

types: $(READY_TEST)
	@$(BIN)/mypy

imports: $(READY_TEST)
	@$(BIN)/lint-imports

fuzz: $(READY_TEST)  ## feed it a million odd plans, responses, journals and command lines
	@$(BIN)/python -m tests.fuzz --inputs $(FUZZ_INPUTS)

bench: $(READY_BENCH)  ## compare the load engine with other generators
	@$(BIN)/python -m tests.benchmarks

bench-light: $(READY_BENCH)  ## check the generator light: 120 sessions, 20 minutes, needs an idle machine
	@$(BIN)/python -m tests.benchmarks light --runs 100 --record

picture: $(READY_TEST)  ## draw the README's picture from its recorded session
	@$(BIN)/python -m tests.picture

recording: $(READY_TEST)  ## write docs/abreast.cast, the recording that README links, from its recorded session
	@$(BIN)/python -m tests.cast

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "abreast needs Python 3.11 or newer; name one with: make run PYTHON=python3.12"; exit 1; }
	@echo "abreast: creating $(VENV) with its dependencies (once, about a minute)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(READY_TEST): $(READY) tests/requirements.lock
	@echo "abreast: adding what the tests need"
	@$(PIP) install --require-hashes --requirement tests/requirements.lock
	@touch $@

$(READY_BENCH): $(READY_TEST) tests/benchmarks/requirements.lock
	@echo "abreast: adding what the benchmarks need"
	@$(PIP) install --require-hashes --requirement tests/benchmarks/requirements.lock
	@touch $@

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --extra all --extra build

examples: $(READY_TEST)  ## write docs/examples: the reports of the demo session
	@$(BIN)/python -m tests.examples

examples-published: $(READY_TEST)  ## run two published experiments, half an hour on an idle machine, and write their reports
	@$(BIN)/python -m tests.examples published io-intensive
	@$(BIN)/python -m tests.examples published crud-concurrency

lock:  ## update the lock files (needs uv)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra test --constraint requirements.lock --output-file tests/requirements.lock
	$(LOCK) --extra bench --constraint tests/requirements.lock --output-file tests/benchmarks/requirements.lock

man: $(READY_TEST)  ## write docs/abreast.1, the manual page, from the command line's parser
	@$(BIN)/python -m tests.man_page

clean:  ## remove what the set-up created
	@rm -rf $(VENV) dist build
