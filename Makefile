# What continuous integration runs, target by target. `make check` is all of it.

.PHONY: check test lint docs demo bench python wheel

check: lint test docs

test:
	cargo test --workspace

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

demo:
	cargo run --release -p skiplayer-cli --no-default-features -- fit data/concrete.csv --target compressive_strength

# Kernels as shares of what this machine's multiply-adds can do; wants a quiet machine, and takes two minutes.
bench:
	KERNELS_RECORD=$(CURDIR)/benchmarks/records/kernels.json cargo bench -p skiplayer --bench kernels

# The Python package: built, installed into a fresh environment, and tested there.
PYTHON ?= python3
VENV := .venv
PACKAGE := crates/skiplayer-python

$(VENV)/ready: $(PACKAGE)/requirements-test.txt
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement $<
	touch $@

wheel: $(VENV)/ready
	rm -f target/wheels/skiplayer-*.whl
	$(VENV)/bin/maturin build --release --manifest-path $(PACKAGE)/Cargo.toml --out target/wheels

# From outside the sources, so that what is tested is what was installed.
python: wheel
	cargo build -p skiplayer-cli
	$(VENV)/bin/pip install --quiet --force-reinstall --no-deps target/wheels/skiplayer-*.whl
	SKIPLAYER_COMMAND=$(CURDIR)/target/debug/skiplayer $(VENV)/bin/pytest $(PACKAGE)/tests --rootdir $(PACKAGE)
