# make demo           the example file, decided and explained
# make test           the tests that need nothing but Python, in minutes
# make test-services  the tests that need a running service
# make agreement      what takes longer: generated rules against every completion, every executor on a million generated
#                     records, four to ten times the generated cases of make test; writes docs/explanation/performance.md
# make consistency    one body for one act and no idle citation, in 100,000 generated answers
# make bundle         the bundle of everything, measured, and asked beside the rule files
# make record-crashes 1,000 writers of decision records killed, disks filled, speed; writes the same page
# make check          style, types, layers
# make benchmarks       the library measured, beside Python, SQL and C written or generated for the same rules; writes the same page
# make release        wheel, sdist, bundle, page, list of parts and checksums into dist/, from the last commit
# make benchmark-peers  the library beside other engines; writes the same page
#
# Each creates .venv when it is missing and installs again when pyproject.toml changed.
# Another Python: make test PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
EXAMPLE := examples/county-utf8.csv
CONTEXT := --as-of 2018-06-01 --jurisdiction cn
TODAY := --as-of 2026-11-26 --jurisdiction cn
HAS_RETE := $(BIN)/python -c 'import durable_rules_engine' 2>/dev/null
NO_RETE := echo "note: no second engine; durable_rules needs a C compiler and Python below 3.13 to be built (.venv/rete.log)"

.PHONY: demo test test-services agreement consistency bundle record-crashes check benchmarks benchmark-peers release clean

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing cso-rules and its development tools into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[rete]' >.venv/rete.log 2>&1 || true
	@touch $@

# The example holds rows that are refused, to show how; a command that met refused rows ends with 4 after
# it has answered everything else. The second opinion is left out where its engine cannot be built.
demo: $(STAMP)
	@if $(HAS_RETE); then second='--verify rete'; else second=; $(NO_RETE); fi; \
	  $(BIN)/cso-rules classify $(EXAMPLE) $(CONTEXT) $$second; code=$$?; \
	  if [ $$code -eq 4 ]; then echo "(exit code 4: some rows were refused, as intended)"; \
	  elif [ $$code -ne 0 ]; then echo "demo: unexpected exit code $$code" >&2; exit $$code; fi
	@echo
	$(BIN)/cso-rules explain $(EXAMPLE) --id A003 --lang zh $(CONTEXT)
	@echo
	$(BIN)/cso-rules explain $(EXAMPLE) --id A004 --lang zh $(CONTEXT)
	@echo
	$(BIN)/cso-rules explain $(EXAMPLE) --id A004 --lang en $(CONTEXT)
	@echo
	$(BIN)/cso-rules explain $(EXAMPLE) --id A004 --lang zh $(TODAY)

test: $(STAMP)
	@$(HAS_RETE) || $(NO_RETE)
	@$(BIN)/python -m pytest -q -n auto --dist worksteal -m 'not services'
	@echo "left to make agreement: four to ten times as many generated cases, 3,000 generated packages, a million records"

# What runs beside the tests is not installed here: PostgreSQL, MariaDB, a Java runtime, Node.js, Chromium, zsh and fish come from the system.
test-services: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[services]'
	@npm ci --prefix tests/services/editor --no-audit --no-fund --loglevel=error
	@npm ci --prefix tests/services/browser --no-audit --no-fund --loglevel=error
	@npm ci --prefix tests/services/typing --no-audit --no-fund --loglevel=error
	@npm ci --prefix release/javascript --no-audit --no-fund --loglevel=error
	@$(BIN)/python -m pytest -q -n auto --dist loadfile -m services

agreement: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[services]'
	@HYPOTHESIS_PROFILE=agreement $(BIN)/python -m pytest -q -n auto --dist worksteal -m 'generated and not services'
	@$(BIN)/python benchmarks/exactness.py
	@$(BIN)/python benchmarks/agreement.py

consistency: $(STAMP)
	@$(BIN)/python benchmarks/consistency.py

bundle: $(STAMP)
	@$(BIN)/python benchmarks/bundle.py --count 3000

record-crashes: $(STAMP)
	@$(BIN)/python benchmarks/record_crashes.py

check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# A quiet machine is worth waiting for. C needs a compiler, the tier in databases PostgreSQL and MariaDB.
benchmarks: $(STAMP)
	@for each in start one_organization permit_one large_table bulk "bulk --csv" bulk_large_table permit_many ask_next sql_of_tier; do \
	  set -- $$each; script=$$1; shift; echo "benchmarks/$$script.py $$*"; $(BIN)/python benchmarks/$$script.py "$$@" || exit 1; \
	done

# The same decision by other engines, which live in .venv-peers; it takes some minutes.
benchmark-peers: $(STAMP)
	@$(BIN)/python benchmarks/peers/run.py

# Built twice and compared, which takes some minutes; then tried outside the checkout on every Python that is here.
release: $(STAMP)
	@test -x .venv-release/bin/python || $(PYTHON) -m venv .venv-release
	@.venv-release/bin/python -m pip install --quiet --disable-pip-version-check -r release/requirements.txt -e '.[signing]'
	@.venv-release/bin/python release/make.py --twice
	@.venv-release/bin/python release/try_out.py dist

clean:
	rm -rf .venv .venv-release .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
