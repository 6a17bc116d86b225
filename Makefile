# What continuous integration runs, target by target. `make check` is all of it.

.PHONY: check test lint docs demo bench python clusters wheel r r-check

check: lint test docs python

# Without the examples, which `make lint` compiles as far as their types go.
TESTS := --workspace --lib --bins --tests

test:
	cargo test $(TESTS)
	cargo test --workspace --doc

lint:
	cargo fmt --all --check
	cargo fmt --check --manifest-path r/skiplayer/src/rust/Cargo.toml
	cargo clippy --workspace --all-targets -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

demo:
	cargo run --release -p skiplayer-cli --no-default-features -- fit data/concrete.csv --target compressive_strength

# Kernels as shares of what this machine's multiply-adds can do; wants a quiet machine, and takes two minutes.
bench:
	KERNELS_RECORD=$(CURDIR)/benchmarks/records/kernels.json $(PYTHON) benchmarks/provenance.py benchmarks/records/kernels.json -- \
		cargo bench -p skiplayer --bench kernels

# The Python package. Its own environment is made anew whenever what it holds changes.
PYTHON ?= python3
VENV := .venv
PACKAGE := crates/skiplayer-python
WHEELS := target/wheels

$(VENV)/ready: $(PACKAGE)/requirements-test.txt
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement $<
	touch $@

# What users install.
wheel: $(VENV)/ready
	rm -f $(WHEELS)/skiplayer-*.whl
	$(VENV)/bin/maturin build --release --manifest-path $(PACKAGE)/Cargo.toml --out $(WHEELS)

# A wheel of the profile that tests are built with, installed and tested from outside the sources, so that what is tested is
# what was installed. The command is the one that `make test` has built.
python: $(VENV)/ready
	rm -f $(WHEELS)/dev/skiplayer-*.whl
	$(VENV)/bin/maturin build --manifest-path $(PACKAGE)/Cargo.toml --out $(WHEELS)/dev
	cargo test $(TESTS) --no-run
	$(VENV)/bin/pip install --quiet --force-reinstall --no-deps $(WHEELS)/dev/skiplayer-*.whl
	NOT_CRAN=true SKIPLAYER_COMMAND=$(CURDIR)/target/debug/skiplayer \
		$(VENV)/bin/pytest $(PACKAGE)/tests --rootdir $(PACKAGE) -m "not kills_workers"

# What `make check` leaves out of the tests on clusters: those on Ray, which is a download of half a gigabyte, and those that kill workers of
# Dask, whose processes are not always back in time on a machine that is busy. Five minutes after `make python`.
clusters: $(VENV)/ready
	$(VENV)/bin/pip install --quiet --requirement $(PACKAGE)/requirements-clusters.txt
	$(VENV)/bin/pytest $(addprefix $(PACKAGE)/tests/test_,ray.py dask.py engines.py) --rootdir $(PACKAGE)

# The R package: built, installed and tested in target/r, with the profile of the other tests. It needs R 4.2 or newer with testthat;
# `make check` leaves it out.
R_FOLDER := $(CURDIR)/target/r
r:
	cargo test $(TESTS) --no-run
	r/stage.sh $(R_FOLDER)/stage/skiplayer
	mkdir -p $(R_FOLDER)/lib
	SKIPLAYER_PROFILE=dev SKIPLAYER_TARGET_DIR=$(R_FOLDER) R CMD INSTALL --library=$(R_FOLDER)/lib $(R_FOLDER)/stage/skiplayer
	cd $(R_FOLDER)/stage/skiplayer/tests && R_LIBS=$(R_FOLDER)/lib SKIPLAYER_CONFORMANCE=$(CURDIR)/tests/conformance \
		NOT_CRAN=true SKIPLAYER_COMMAND=$(CURDIR)/target/debug/skiplayer Rscript testthat.R

# The source package, with all crates in it, under the rules of CRAN; optimised, so it takes a while. Without LaTeX there is no manual
# to check.
r-check:
	r/package.sh $(R_FOLDER)/package
	cd $(R_FOLDER)/package && R CMD check --as-cran $(if $(shell command -v pdflatex),,--no-manual) skiplayer_*.tar.gz
