# Every command starts here. `make` on its own lists them.
#
# On a fresh machine: Python 3.11 or later, Node 20 or later, git and make; no AWS account.
# PYTHON=… chooses the Python of a new .venv; PORT, AWS_PORT and DATA_DIR are the service's (see `make run`),
# and WORKING_DAY_SECONDS makes it a training environment (docs/environments.md).

# The first of these that is installed makes the venv: best the Lambda runtime's own version.
PYTHON ?= python3.13 python3.11 python3 python3.12 python3.14
DATA_DIR ?= .local
DEMO_DIR ?= .demo
ARGS ?=
export DATA_DIR

# The folders of `make test`, the same as in tests/conftest.py.
FIRST := tests/rules tests/unit tests/pages tests/doors tests/through

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup
# Its own tests run first: cosmic-ray is in no other environment.
MUTATE = .venv-mutate/bin/python -m pytest -q -n 0 tests/mutate && PYTHONPATH=functions .venv-mutate/bin/python -m tests.mutate
STATIC := functions/pages/static
UV_VERSION := 0.9.30

# Some containers set this. Without compiled files each process of the tests compiles every package again.
unexport PYTHONDONTWRITEBYTECODE

# Trust the certificates this machine trusts (councils have proxies), and use the venv's Python.
export UV_NATIVE_TLS := 1
export UV_PYTHON_DOWNLOADS := never

# Python keeps what it has compiled, also where the environment says that it should not (as containers
# do). Otherwise each of the many processes that tests start would compile some 1,800 modules again.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(ARGS)

.PHONY: help setup run demo test slow night mutate soak bench rehearse freeze screenshots reset hooks lint types lock licences tables sentences guidance sbom assets ci \
	python-packages node-packages emulator-packages mutation-packages bench-packages
.NOTPARALLEL:

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: python-packages node-packages assets ## Install everything from the lock files (does nothing when nothing changed)

run: setup ## Run the whole service on this machine (PORT, AWS_PORT, DATA_DIR)
	@PYTHONPATH=functions $(BIN)/python -m infra.local

demo: setup ## Run the service in a folder of its own (.demo) with a year of made-up challenges
	@DATA_DIR=$(DEMO_DIR) PYTHONPATH=functions $(BIN)/python -m infra.local.demo

test: setup ## Test in minutes: rules, pages, doors, one ladder for each door (only some: make test ARGS='-k ladder')
	@$(PYTEST) -m 'not ci and not night' $(FIRST) $(ARGS)

slow: setup # run the tests that `make test` leaves to `make ci`
	@$(PYTEST) -m 'ci and not night' $(ARGS)

night: setup mutation-packages ## Run what takes hours: every crash point, large histories, mutation (SAMPLE, SEED), the soak (MINUTES, COUNT)
	@$(PYTEST) -m night $(ARGS)
	@$(MUTATE)
	@PYTHONPATH=functions $(BIN)/python -m tests.soak

mutate: setup mutation-packages ## Break the rules on purpose, and list each break that no test notices (SAMPLE, SEED, ONLY=survivors)
	@$(MUTATE)

soak: setup ## Test failures, races and crashes for MINUTES (5), then COUNT (1000) challenges at once
	@PYTHONPATH=functions $(BIN)/python -m tests.soak

bench: setup bench-packages ## Measure how fast functions start (ROUNDS) and count working days, and work out what the service costs
	@PYTHONPATH=functions $(BIN)/python -m tests.bench

freeze: setup ## Freeze the new stored and sent formats of a RELEASE (2026-12.1)
	@PYTHONPATH=functions $(BIN)/python -m tests.upgrade.freeze $(RELEASE)

rehearse: setup emulator-packages ## Deploy with the CDK into an emulator that enforces IAM, and run challenges there (KEEP=1: it stays)
	@PYTHONPATH=functions $(BIN)/python -m tests.rehearsal

screenshots: setup ## Take the pictures of the main pages in docs/screens again, from the demonstration (needs Chromium)
	@PYTHONPATH=functions $(BIN)/python -m tests.screenshots

hooks: setup ## Let git run the quick checks before a commit, and `make test` before a push
	@$(BIN)/prek install

lint: setup ## Check format and style
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check

types: setup ## Check types
	@$(BIN)/mypy

ci: ## Run everything a change must pass: `make test`, then all the rest except `make night`
	@.ci/run

# --- setup ------------------------------------------------------------------------------------
# Each part ends by writing a stamp of what it was made from. A part that was interrupted, or whose
# lock changed, has no matching stamp and is made again from scratch.

python-packages:
	@set -eu; \
	want="$(CURDIR) $$(sed '/^ *#/d' requirements-bootstrap.lock requirements-dev.lock | git hash-object --stdin)"; \
	if [ "$$(cat .venv/made-from 2>/dev/null)" = "$$want" ] && $(BIN)/python -c '' 2>/dev/null; then exit 0; fi; \
	python=; \
	for candidate in $(PYTHON); do \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "make setup: no Python 3.11 or later with venv among: $(PYTHON)." >&2; \
		echo "Install Python 3.11 (on Debian and Ubuntu also python3.11-venv), or name one: make setup PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	echo "Python packages into .venv, with $$("$$python" --version)"; \
	rm -f .venv/made-from; \
	"$$python" -m venv --clear .venv; \
	$(PIP) install --require-hashes -r requirements-bootstrap.lock; \
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock || { \
		echo "uv could not fetch the packages; trying pip, which knows this machine's own settings" >&2; \
		$(PIP) install --require-hashes -r requirements-dev.lock; \
	}; \
	echo "$$want" > .venv/made-from

# $(call apart,NAME,WHAT,LOCKS): make a separate environment for WHAT, .venv-NAME, from
# requirements-NAME.lock, and from LOCKS if it needs more.
define apart
@set -eu; \
want="$(CURDIR) $$(sed '/^ *#/d' $(3) requirements-$(1).lock | git hash-object --stdin)"; \
if [ "$$(cat .venv-$(1)/made-from 2>/dev/null)" = "$$want" ] \
	&& .venv-$(1)/bin/python -c '' 2>/dev/null; then exit 0; fi; \
echo "$(2) into .venv-$(1)"; \
rm -f .venv-$(1)/made-from; \
$(BIN)/python -m venv --clear .venv-$(1); \
$(BIN)/uv pip sync --quiet --python .venv-$(1)/bin/python --require-hashes $(3) requirements-$(1).lock || { \
	echo "uv could not fetch the packages; trying pip, which knows this machine's own settings" >&2; \
	.venv-$(1)/bin/python -m pip --disable-pip-version-check --no-input --quiet \
		install --require-hashes $(foreach lock,$(3) requirements-$(1).lock,-r $(lock)); \
}; \
echo "$$want" > .venv-$(1)/made-from
endef

# The emulator needs another botocore than ours.
emulator-packages: python-packages
	$(call apart,rehearse,The emulator)

# bizdays installs pandas, which nothing of ours needs.
bench-packages: python-packages
	$(call apart,bench,Libraries to compare with)

# It also has everything the tests need, because the tests find the broken rules.
mutation-packages: python-packages
	$(call apart,mutate,The mutation tools,requirements-dev.lock)

node-packages:
	@set -eu; \
	want="$$(cat package.json package-lock.json | git hash-object --stdin)"; \
	if [ "$$(cat node_modules/.made-from 2>/dev/null)" = "$$want" ]; then exit 0; fi; \
	node=$$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0); \
	if [ "$$node" -lt 20 ] || ! command -v npm >/dev/null; then \
		echo "make setup: Node 20 or later with npm is needed; found: $$(node --version 2>/dev/null || echo none)." >&2; \
		echo "Install Node 20 and put node and npm on the PATH." >&2; \
		exit 1; \
	fi; \
	echo "Node packages into node_modules, with Node $$(node --version)"; \
	rm -f node_modules/.made-from; \
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	echo "$$want" > node_modules/.made-from

assets: node-packages ## Compile the pages' style sheet, and keep of it what the pages use
	@set -eu; \
	want="$$(cat package-lock.json functions/pages/styles/* functions/pages/images/* functions/pages/templates/* \
		$$(find functions/handlers -name '*.py' | sort) | git hash-object --stdin)"; \
	if [ "$$(cat build/assets/made-from 2>/dev/null)" = "$$want" ] && [ -s $(STATIC)/main.css ]; then exit 0; fi; \
	echo "Style sheet and images into $(STATIC)"; \
	rm -rf build/assets; \
	mkdir -p build/assets/static; \
	node_modules/.bin/sass --style=compressed --no-source-map --quiet-deps \
		--load-path=node_modules/govuk-frontend/dist \
		functions/pages/styles/main.scss build/assets/whole.css; \
	node functions/pages/styles/build.mjs build/assets/whole.css build/assets/static/main.css; \
	cp functions/pages/images/* build/assets/static/; \
	rm -rf $(STATIC); \
	mv build/assets/static $(STATIC); \
	echo "$$want" > build/assets/made-from

licences: setup ## List the licences of all locked packages in docs/licences.md, and name those that are not accepted
	@PYTHONPATH=functions $(BIN)/python -m infra.supply_chain.licences

tables: setup ## Write docs/rules.md (permissions, emails, modules and tests) and the schema of exports
	@PYTHONPATH=functions $(BIN)/python -m infra.tables
	@PYTHONPATH=functions $(BIN)/python -m infra.export_schema

sentences: python-packages ## List the sentences of docs/procedure.md that no test in tests/rules proves
	@PYTHONPATH=functions $(BIN)/python -m infra.sentences

guidance: python-packages ## Show what bears each sentence of the council's guidance, in docs/guidance.md
	@PYTHONPATH=functions $(BIN)/python -m infra.guidance

sbom: setup ## Write the bills of materials (CycloneDX) for what is deployed and for the tools into build/sbom
	@PYTHONPATH=functions $(BIN)/python -m infra.supply_chain.sbom

lock: python-packages ## Lock the versions again after a change in pyproject.toml or package.json (ARGS=--upgrade for newer ones)
	@echo 'uv==$(UV_VERSION)' | $(COMPILE) - --output-file requirements-bootstrap.lock >/dev/null
	@$(COMPILE) pyproject.toml --group dev --output-file requirements-dev.lock >/dev/null
	@$(COMPILE) pyproject.toml --constraints requirements-dev.lock --output-file requirements.lock >/dev/null
	@$(COMPILE) pyproject.toml --group documents --constraints requirements-dev.lock --output-file requirements-documents.lock >/dev/null
	@$(COMPILE) --group rehearse --output-file requirements-rehearse.lock >/dev/null
	@$(COMPILE) --group mutate --constraints requirements-dev.lock --output-file requirements-mutate.lock >/dev/null
	@$(COMPILE) --group bench --output-file requirements-bench.lock >/dev/null
	@npm install --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error

reset: ## Delete the local service's data (DATA_DIR)
	@set -eu; \
	refuse() { echo "make reset: $$1 Nothing was removed." >&2; exit 1; }; \
	[ -n "$$DATA_DIR" ] || refuse "DATA_DIR is empty."; \
	[ -e "$$DATA_DIR" ] || { echo "There is no data in $$DATA_DIR."; exit 0; }; \
	[ -d "$$DATA_DIR" ] || refuse "$$DATA_DIR is not a folder."; \
	data=$$(CDPATH= cd -- "$$DATA_DIR" && pwd -P); \
	case "$$(pwd -P)/" in "$${data%/}"/*) refuse "$$data holds this repository.";; esac; \
	case "$$(CDPATH= cd -- "$${HOME:-/}" && pwd -P)/" in "$${data%/}"/*) refuse "$$data holds your home.";; esac; \
	[ -f "$$data/positive-challenge-data" ] || refuse "$$data was not made by this service: it has no file positive-challenge-data."; \
	find "$$data" -mindepth 1 ! -path "$$data/positive-challenge-data" -delete; \
	rm "$$data/positive-challenge-data"; \
	rmdir "$$data"; \
	echo "Deleted the data in $$data."
