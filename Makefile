# What continuous integration runs, target by target. `make check` is all of it.

.PHONY: check test lint docs demo

check: lint test docs

test:
	cargo test --workspace

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

demo:
	cargo run --release -- fit data/concrete.csv --target compressive_strength
