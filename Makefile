# One place for every command. `make` alone lists them.
#
# What is compiled lies in the user's cache (ADYTON_TARGET names another place), so that a clean checkout
# does not compile the chain again; the first time, that takes the better part of an hour on two cores.

SHELL := /bin/bash
.NOTPARALLEL:
.DEFAULT_GOAL := help

CARGO := scripts/cargo.sh
# With PROFILE=production the programs are optimised for operators; they take several times longer to build.
PROFILE ?= release
# Arguments for `bin/adyton up`, as in: make up ARGS="--once"; or for the simulation
ARGS ?=
# What `make fuzz` runs, one target, several or `all`, and for how long each.
TARGET ?=
SECONDS ?=

.PHONY: help setup build up test test-build lint fmt bench bench-peers simulate fuzz weights doc clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## install what is missing, or say the exact command
	@scripts/setup.sh

build: setup ## build the programs into bin/
	@$(CARGO) main build --profile "$(PROFILE)" --workspace --bins --locked
	@[ -e bin/adyton-node ] || echo "Now the chain's node. The first time, it takes the better part of an hour on two cores."
	@$(CARGO) chain build --profile "$(PROFILE)" --package adyton-node --locked
	@scripts/bin.sh "$(PROFILE)"
	@scripts/guests.sh price-oracle counter
	@bin/adyton up --prepare

up: build ## build, then start the local network; Ctrl-C stops it
	@bin/adyton up $(ARGS)

# Tests and programs in one resolution of features, so that nothing is compiled twice for them.
test-build: setup
	@$(CARGO) main build --release --workspace --bins --tests --locked
	@$(CARGO) chain build --release --workspace --bins --tests --locked
	@scripts/sdk.sh build --release --tests --locked --all-features
	@scripts/oracle.sh build --release --tests --locked
	@scripts/web.sh
	@scripts/bin.sh release
	@scripts/guests.sh

test: test-build ## run all tests: both workspaces, SDKs and examples, the verifier for browsers, the comparison with others
	@scripts/test.sh

lint: setup ## format, clippy, layers, licences, banned crates, no_std, advisories
	@scripts/lint.sh

fmt: ## format all code
	@for manifest in Cargo.toml chain/Cargo.toml sdk/rust/Cargo.toml attestation/oracle/Cargo.toml image/init/Cargo.toml examples/*/Cargo.toml; do \
	  if [ -f "$$manifest" ]; then cargo fmt --all --manifest-path "$$manifest"; fi; \
	done; rustfmt --edition 2024 fuzz/libfuzzer/src/main.rs

bench: build ## measure, and print a table
	@scripts/bench.sh

bench-peers: build ## measure beside other programs of the kind (fetches them), and print a table
	@scripts/bench-peers.sh

simulate: ## simulate a year of the economy, and write a report with plots, as in: make simulate ARGS="--seed 2 --days 30"
	@scripts/simulate.sh $(ARGS)

fuzz: ## fuzz one target, several or all, as in: make fuzz TARGET=quote SECONDS=60
	@scripts/fuzz.sh "$(SECONDS)" $(TARGET)

weights: setup ## measure the weights of the chain's pallets (takes long; the results are committed)
	@scripts/weights.sh

doc: setup ## the documentation of our own crates
	@$(CARGO) main doc --workspace --no-deps --locked
	@$(CARGO) chain doc --workspace --no-deps --locked

clean: ## remove bin/ and everything that was compiled, for all checkouts of this user
	@scripts/clean.sh
