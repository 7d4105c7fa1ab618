# `make run` and `make test` need only python3 (3.11 or newer) and make; they set up what is missing.
PYTHON ?= python3
VENV = .venv/bin
PACKAGES = townships meetings uploads board realtime archive hub
SETUP = $(PYTHON) -m hub.bootstrap

# Tests, linters and benchmarks need no key. `make run` makes its own (hub/bootstrap/local.py).
ifneq ($(MAKECMDGOALS),run)
ifndef SECRET_KEY
export DEBUG ?= 1
endif
endif

.PHONY: help run test faults mutations lint format bench bench-live bench-uploads bench-search bench-pages \
        setup setup-tests lock messages demo screenshots clean

help:
	@echo "make run          set up what is missing, then start the hub (PORT=8000)"
	@echo "make test         every test, on the embedded default and on PostgreSQL, Redis and S3"
	@echo "make faults       the promises under 200 faults on PostgreSQL, Redis and S3 (FAULTS=200 SEED=a number)"
	@echo "make mutations    1,000 mutated files through the whole worker (MUTATIONS=1000 SEED=a number)"
	@echo "make lint         ruff, mypy, import-linter, djlint"
	@echo "make bench        every benchmark; bench-live, bench-uploads, bench-search, bench-pages (QUICK=1; bench-search LARGE=1)"
	@echo "make format       mend what ruff can mend"
	@echo "make setup        set up what is missing, start nothing (setup-tests: with what tests need)"
	@echo "make demo         load the demo counties into an empty database"
	@echo "make messages     collect texts to translate into every package's locale folder"
	@echo "make lock         pin the newest allowed versions (requirements*.txt, package-lock.json)"
	@echo "make screenshots  take the README's pictures anew"
	@echo "make clean        remove what runs and tests left (never the data folder)"

run:
	@$(SETUP) run

test:
	@$(SETUP) test $(ARGS)

faults: setup-tests
	@FAULTS=$(or $(FAULTS),200) $(if $(SEED),LIHUI_SEED=$(SEED)) LIHUI_TEST_STACK=full \
	  $(VENV)/python -m pytest tests/faults/test_guarantees.py -s

mutations: setup-tests
	@MUTATIONS=$(or $(MUTATIONS),1000) $(if $(SEED),LIHUI_SEED=$(SEED)) \
	  $(VENV)/python -m pytest tests/uploads/test_mutated_decks.py -s

setup:
	@$(SETUP) setup

setup-tests:
	@$(SETUP) setup-tests

lint: setup-tests
	@status=0; \
	$(VENV)/ruff check . || status=1; \
	$(VENV)/ruff format --check . || status=1; \
	$(VENV)/mypy || status=1; \
	$(VENV)/lint-imports || status=1; \
	$(VENV)/djlint --lint --quiet . || status=1; \
	exit $$status

format: setup-tests
	@$(VENV)/ruff check --fix-only --quiet .
	@$(VENV)/ruff format .

bench bench-live bench-uploads bench-search bench-pages: setup-tests
	@$(VENV)/python -m bench $(patsubst bench-%,%,$(filter bench-%,$@)) $(if $(QUICK),--quick) $(if $(LARGE),--large)

lock:
	@$(SETUP) lock

messages: setup-tests
	@for package in $(PACKAGES); do for domain in django djangojs; do \
	  (cd $$package && mkdir -p locale && ../$(VENV)/django-admin makemessages --verbosity 0 \
	    --domain $$domain --locale zh_Hans --locale zh_Hant --no-location --no-wrap) || exit 1; \
	done; done

demo: setup
	@$(VENV)/python manage.py migrate --verbosity 0
	@$(VENV)/python manage.py demo

screenshots: setup-tests
	@$(VENV)/python -m docs.screenshots

clean:
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis tests/output
	@find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
