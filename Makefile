# The recipe book. `make` alone prints it.
#
#   make run ARGS="--data-dir /tmp/try"     flags for scrollback
#   make test ARGS="-p scrollback-cli"      flags for cargo test
#   make chaos ARGS=300                     how many schedules, as make fuzz ARGS=5000 how many cases

SHELL := /bin/bash
# A toolchain installed a moment ago is found without a new shell.
export PATH := $(HOME)/.cargo/bin:$(PATH)

# Where thousands of short-lived homes of tests lie: in memory, where there is some.
in_memory := $(or $(TMPDIR),$(wildcard /dev/shm),/tmp)

.DEFAULT_GOAL := help
.PHONY: help setup run test chaos fuzz meta lint audit bench fmt

help: ## print these recipes
	@awk -F ': ## ' '/^[a-z]+: ## / { printf "  make %-6s  %s\n", $$1, $$2 }' Makefile

setup: ## check for what a build needs, install what is missing (Debian, Ubuntu)
	@scripts/setup

run: ## read your agents' transcripts and stay up to date until Ctrl-C
run: setup
	cargo run --release --locked -p scrollback-cli -- watch $(ARGS)

test: ## run every test
test: export TMPDIR := $(in_memory)
test: setup
	@test -d "$${SCROLLBACK_CORPUS:-../shared/corpus}" || echo "SKIPPED: tests over real transcripts (no SCROLLBACK_CORPUS)"
	cargo test --workspace --locked --tests $(ARGS)

chaos: ## kill the watch 30,000 times while agents write (ARGS: how many schedules, three kills each)
chaos: export SCROLLBACK_SCHEDULES = $(or $(ARGS),10000)
chaos: export TMPDIR := $(in_memory)
chaos: setup
	cargo test --release --locked -p scrollback-cli --test chaos -- --nocapture

fuzz: ## a hundred thousand random inputs to every reader of what others write (ARGS: how many)
fuzz: export PROPTEST_CASES = $(or $(ARGS),100000)
fuzz: export TMPDIR := $(in_memory)
fuzz: setup
	cargo test --release --locked --workspace --lib --bins fuzz
	cargo test --release --locked -p scrollback-engine --test fuzz

meta: ## put designs known to be bad into a copy; the tests must fail
meta: setup
	scripts/meta

lint: ## check format, lints, layers and licences; changes nothing
lint: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	scripts/check-layers
	@if command -v cargo-deny >/dev/null; then cargo deny check bans licenses sources; \
	else echo "cargo-deny is not installed: licences and sources were not checked"; fi

audit: ## ask for known faults in dependencies (needs cargo-deny and a network)
	cargo deny check advisories

bench: ## measure the promises (needs python3); benches/README.md says how
bench: setup
	cargo build --release --locked
	python3 benches/run.py --bin "$${CARGO_TARGET_DIR:-target}/release/scrollback" $(ARGS)

fmt: ## format the sources
fmt: setup
	cargo fmt --all
