# The one entry point: everything that people and CI do to this project.
.DEFAULT_GOAL := help
.PHONY: help install run test lint types e2e coverage jsforce bench fmt vendor lock clean

PYTHON := .venv/bin/python
PORT ?= 8000
SANDBOX ?= 1
JOBS ?= auto
# The browser tests of a module share one running app, so they stay in one process.
PYTEST := $(PYTHON) -m pytest -n $(JOBS) --dist=loadscope
COMPILE := $(PYTHON) -m uv pip compile --quiet --universal --python-version=3.11 \
	--generate-hashes --no-header pyproject.toml

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Make .venv and install the locked dependencies
	@sh actions_app/launcher/install.sh

run: install ## Start the whole app (PORT=8000, SANDBOX=0 to go without the sandbox)
	@exec $(PYTHON) -m actions_app.launcher --port=$(PORT) $(if $(filter 0,$(SANDBOX)),--no-sandbox)

test: lint types ## Run all checks and all tests (JOBS=2 for two processes)
	@if sh actions_app/launcher/browser.sh; then \
		$(PYTEST); \
	elif [ -n "$$CI" ]; then \
		exit 1; \
	else \
		$(PYTEST) --ignore=tests/e2e \
		&& echo "NOT RUN: the browser tests in tests/e2e, for want of Chromium."; \
	fi

lint: install ## Check style, templates and the layers of the apps
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	find templates -name '*.html' | xargs .venv/bin/djade --check --target-version 5.2
	$(PYTHON) -m djlint --lint --quiet templates
	.venv/bin/lint-imports

types: install ## Check the types
	$(PYTHON) -m mypy

e2e: install ## Run the browser tests only
	@sh actions_app/launcher/browser.sh
	$(PYTHON) -m pytest tests/e2e

coverage: install ## Run all but the browser tests, and list the lines they leave out
	$(PYTEST) --ignore=tests/e2e --cov --cov-report=term

jsforce: install ## Run jsforce, the JavaScript client, against the sandbox's Salesforce (needs npm)
	$(PYTHON) -m tests.jsforce

bench: install ## Measure the speed of the sync and of the pages
	$(PYTHON) -m tests.bench

fmt: install ## Format the code and the templates
	$(PYTHON) -m ruff check --fix --quiet || true
	$(PYTHON) -m ruff format
	find templates -name '*.html' | xargs .venv/bin/djade --target-version 5.2

vendor: install ## Fetch the vendored static files and check them (needs npm)
	$(PYTHON) -m actions_app.vendor

lock: install ## Write the lock files anew from pyproject.toml
	$(COMPILE) -o requirements.txt
	$(COMPILE) --extra=embedded --extra=dev -c requirements.txt -o requirements-dev.txt

clean: ## Remove caches and reports; .venv and .data stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* \
		staticfiles test-artifacts
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
