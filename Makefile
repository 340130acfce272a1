# Everything that a fresh clone can do. `make help` lists it.
#
# PYTHON=python3.13   which Python makes the virtual environment (3.11 or newer; else the first that fits)
# ARGS=...            is passed on, for example: make demo ARGS=--script, make test ARGS="-k rollback"
# WORKERS=4           how many processes run the tests (else two more than there are cores)
# SEEDS=2000 FROM=1   how many stories `make simulate` plays, and from which seed
# ROUNDS=100          how often `make crash` plays a story with kills

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
# Many tests wait for programs that they kill and start: a core each would stand idle half of the time.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 2)))
PYTEST := $(RUN) -m pytest -n $(WORKERS) --dist worksteal
PIP_TOOLS := pip-tools==7.6.2
AXE := build/browser/.axe

.PHONY: help
help: ## list these targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(VENV)/.runtime ## play with the whole product here; ARGS=--script tells one story and ends
	@$(RUN) -m bot demo $(ARGS)

.PHONY: test
test: $(VENV)/.development $(AXE) ## run every test
	@$(PYTEST) $(ARGS)

.PHONY: test-fast
test-fast: $(VENV)/.development ## run the unit and contract tests only
	@$(PYTEST) -m "not slow and not browser" tests/unit tests/contract $(ARGS)

SEEDS ?= 200
FROM ?= 1

.PHONY: simulate
simulate: $(VENV)/.development ## play SEEDS=200 stories with crashes and bad weather from seed FROM=1, check every promise
	@$(RUN) -m tests.simulation --seeds $(SEEDS) --from $(FROM) $(ARGS)

.PHONY: browser
browser: $(VENV)/.development $(AXE) ## run the tests that look at the pages in a browser (Chromium, and npm for axe-core)
	@$(RUN) -m pytest -m browser tests/browser $(ARGS)

.PHONY: coverage
coverage: $(VENV)/.development ## run every test and show which branches none of them takes
	@$(PYTEST) --cov $(ARGS)

.PHONY: lint
lint: $(VENV)/.development ## style, types and import rules
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(RUN) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

.PHONY: format
format: $(VENV)/.development ## write the code the way lint wants it
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

.PHONY: bench
bench: $(VENV)/.development ## measure: acknowledgement, time to a check run, memory, start
	@$(RUN) -m bench $(ARGS)

.PHONY: crash
crash: $(VENV)/.development ## kill the bot in the middle of whole stories, ROUNDS=100 times: nothing lost, nothing twice
	@$(RUN) -m tests.crash --rounds $(or $(ROUNDS),100) $(ARGS)

.PHONY: gallery
gallery: $(VENV)/.development ## write every message as GitHub and Slack show it: build/gallery/index.html
	@$(RUN) -m tests.gallery build/gallery

.PHONY: screenshots
screenshots: $(VENV)/.development ## take the pictures in docs/images again (Chromium)
	@$(RUN) -m tests.browser.screenshots

.PHONY: docs
docs: $(VENV)/.runtime ## write the generated pages of docs/
	@$(RUN) -c "from bot.settings import settings_page; print(settings_page(), end='')" > docs/settings.md
	@$(RUN) -c "from bot.domain.event_catalogue import events_page; print(events_page(), end='')" > docs/events.md
	@$(RUN) -c "from bot.explaining.reasons_page import reasons_page; print(reasons_page(), end='')" > docs/reasons.md
	@$(RUN) -c "from pathlib import Path; from bot.domain.effect_promises import with_effects_table as table; page = Path('docs/reliability.md'); page.write_text(table(page.read_text()))"
	@for subject in config instance events; do $(RUN) -m bot schema $$subject > docs/schema/$$subject.schema.json; done

.PHONY: golden
golden: $(VENV)/.development ## add what this version newly stores to its catalogue of golden records; ARGS=check only reads all
	@$(RUN) -m tests.golden $(or $(ARGS),write)

# The oldest supported Python makes the locks: what only it needs is then in them, and harms no newer one.
.PHONY: lock
lock: $(RUN) ## pin every dependency with its hashes again; UPGRADE=1 takes newer versions
	@$(RUN) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	    || { echo "Locks are made with Python 3.11: rm -r $(VENV) && make lock PYTHON=python3.11" >&2; exit 1; }
	@$(RUN) -m venv --clear build/lock
	@build/lock/bin/python -m pip install --quiet --disable-pip-version-check "$(PIP_TOOLS)"
	@$(COMPILE) --output-file requirements.txt pyproject.toml
	@$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	@! grep -nE '://|^-|[ =]/' requirements.txt requirements-dev.txt \
	    || { echo "A lock must not say where packages come from." >&2; exit 1; }

COMPILE = CUSTOM_COMPILE_COMMAND="make lock" build/lock/bin/python -m piptools compile --quiet \
    --generate-hashes --allow-unsafe --strip-extras --resolver backtracking $(if $(UPGRADE),--upgrade) \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.PHONY: versions
versions: $(VENV)/.development ## what is installed
	@$(RUN) --version
	@$(RUN) -m pip list --disable-pip-version-check

.PHONY: clean
clean: ## remove what the tools left (the environment stays: rm -r .venv)
	@rm -rf build dist htmlcov .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find bot bench tests -name __pycache__ -type d -prune -exec rm -rf {} +

# One environment, filled in two steps: the demo waits for the run time only. A lock that changed is installed again.
$(VENV)/.runtime: requirements.txt | $(RUN)
	@echo "Installing what Pointsman needs (once) ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt | $(RUN)
	@echo "Installing what Pointsman and its tests need (once) ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $(VENV)/.runtime $@

# What judges the pages' accessibility in the browser tests. Without npm, or offline, they say that they left it out.
$(AXE): tests/browser/package-lock.json
	@mkdir -p build/browser
	@if command -v npm >/dev/null; then \
	    cp tests/browser/package.json tests/browser/package-lock.json build/browser/; \
	    if npm ci --prefix build/browser --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null; then touch $@; \
	    else echo "axe-core could not be fetched: the browser tests will not judge accessibility." >&2; fi; \
	fi

$(RUN):
	@found=; for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "Pointsman needs Python 3.11 or newer, and $(or $(PYTHON),python3) is not one." >&2; \
	    echo "Install one (Debian and Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3" >&2; \
	    exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$found cannot make virtual environments: its modules venv and ensurepip are missing." >&2; \
	    echo "Debian and Ubuntu: apt-get install python3-venv. Elsewhere: the python.org installer brings them." >&2; \
	    exit 1; \
	fi; \
	"$$found" -m venv --clear $(VENV)
