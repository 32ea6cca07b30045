# make demo           the example file, decided and explained
# make test           the tests that need nothing but Python
# make test-services  the tests that need a running service
# make check          style, types, layers
#
# Each creates .venv when it is missing and installs again when pyproject.toml changed.
# Another Python: make test PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
EXAMPLE := examples/county-utf8.csv
CONTEXT := --as-of 2018-06-01 --jurisdiction cn

.PHONY: demo test test-services check clean

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing cso-rules and its development tools into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[rete]' >.venv/rete.log 2>&1 \
	  && $(BIN)/python -c 'import durable.lang' >>.venv/rete.log 2>&1 \
	  || echo "note: the extra rete (durable_rules) cannot be built here; going on without the second engine (.venv/rete.log)"
	@touch $@

# The example holds rows that are refused, to show how; a command that met refused rows ends with 4 after
# it has answered everything else.
demo: $(STAMP)
	@$(BIN)/cso-rules classify $(EXAMPLE) $(CONTEXT); code=$$?; \
	  if [ $$code -eq 4 ]; then echo "(exit code 4: some rows were refused, as intended)"; \
	  elif [ $$code -ne 0 ]; then echo "demo: unexpected exit code $$code" >&2; exit $$code; fi
	@echo
	$(BIN)/cso-rules explain $(EXAMPLE) --id A003 --lang zh $(CONTEXT)
	@echo
	$(BIN)/cso-rules explain $(EXAMPLE) --id A004 --lang zh $(CONTEXT)
	@echo
	$(BIN)/cso-rules explain $(EXAMPLE) --id A004 --lang en $(CONTEXT)

test: $(STAMP)
	@$(BIN)/python -m pytest -q

test-services: $(STAMP)
	@if [ -d tests/services ]; then $(BIN)/python -m pytest -q -m services; \
	  else echo "test-services: no part of the library needs a service yet, so nothing was run"; fi

check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
