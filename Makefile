# Everything a newcomer needs: `make demo` (see it work) and `make test` (prove it works).
VENV := .venv
UV := $(shell command -v uv 2>/dev/null || echo $(VENV)/bin/uv)
RUN := $(VENV)/bin
JOBS ?= 2
# Trust what the system trusts: many networks have a certificate authority of their own.
export UV_SYSTEM_CERTS ?= 1
export UV_NATIVE_TLS ?= 1

.PHONY: setup demo test test-diffusers check bench clean

$(VENV)/bin/landfast: pyproject.toml uv.lock
	@command -v uv >/dev/null 2>&1 || test -x $(VENV)/bin/uv || { python3 -m venv $(VENV) && $(VENV)/bin/python -m pip install --quiet uv; }
	$(UV) sync --frozen --quiet --inexact
	@touch $@

setup: $(VENV)/bin/landfast

demo: setup
	$(RUN)/landfast demo -o demo-run

check: setup
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports

test: check
	$(RUN)/python -m pytest -n $(JOBS) --dist worksteal

# Runs small random pipelines of the diffusers adapter: needs torch, some hundred MB to some GB.
test-diffusers:
	test -x .venv-diffusers/bin/python || python3 -m venv .venv-diffusers
	.venv-diffusers/bin/python -m pip install --quiet torch==2.13.0 diffusers transformers accelerate ftfy
	.venv-diffusers/bin/python -m pip install --quiet -e . pytest pytest-timeout hypothesis beartype jsonschema websockets
	OMP_NUM_THREADS=1 .venv-diffusers/bin/python -m pytest tests/generators/weights

bench: setup
	$(RUN)/python -m benchmarks

clean:
	rm -rf $(VENV) .venv-diffusers demo-run .mypy_cache .ruff_cache .pytest_cache .hypothesis
