# Every target sets up what it needs by itself; `make` alone lists them.
PYTHON ?= python3
export PORT HOST_ADDRESS
VENV := .venv/bin
BOOT := $(PYTHON) tools/bootstrap.py
WITH_SERVERS = eval "$$($(PYTHON) tools/embedded.py ensure)" && export CIVIC_ENV="$${CIVIC_ENV:-development}"

.DEFAULT_GOAL := help
.PHONY: help run test test-long lint types migrate migration assets translations lock screenshots servers shell stop clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

run: ## start the whole site; PORT=8000, HOST_ADDRESS=127.0.0.1; DATABASE_URL and REDIS_URL name real servers
	@exec $(PYTHON) tools/run.py

test: ## install, check style, types and import borders, run all tests (ARGS="-k words" goes to pytest)
	@exec $(PYTHON) tools/check.py -- $(ARGS)

test-long: ## only the tests that take minutes
	@exec $(PYTHON) tools/check.py tests -- -m long --timeout 1800 $(ARGS)

lint: ## style and import borders
	@$(BOOT) --tests && $(VENV)/ruff check config.py civic migrations tests tools && $(VENV)/lint-imports --no-cache

types: ## check the types
	@$(BOOT) --tests && $(VENV)/mypy

migrate: ## bring the database to the newest shape
	@$(BOOT) && $(WITH_SERVERS) && $(VENV)/flask --app civic db upgrade

migration: ## draft the next migration from the models (NAME="what changes")
	@$(BOOT) && $(WITH_SERVERS) && $(VENV)/flask --app civic db upgrade && $(VENV)/flask --app civic db migrate -m "$(NAME)"

assets: ## fetch the map library for the browser
	@$(BOOT) && $(PYTHON) tools/assets.py

translations: ## read every Chinese text anew, tell which have no English, compile the catalogue
	@$(BOOT) && $(VENV)/python tools/translate.py

lock: ## write the lock files anew from pyproject.toml and package.json (ARGS=--upgrade for newest versions)
	@$(BOOT) --tests && $(VENV)/python tools/lock.py $(ARGS)
	@npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

screenshots: ## take the pictures of the README anew
	@$(BOOT) --tests && $(PYTHON) tools/assets.py && $(VENV)/python tools/screenshots.py

servers: ## start the private database and queue, print their addresses
	@$(BOOT) && $(PYTHON) tools/embedded.py ensure

shell: ## a Python shell with the application loaded
	@$(BOOT) && $(WITH_SERVERS) && $(VENV)/flask --app civic shell

stop: ## stop a running site and every private server of this folder
	@$(PYTHON) tools/run.py --stop

clean: stop ## remove everything that was made here (also the private databases!), but no source
	@rm -rf var node_modules civic/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
