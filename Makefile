# The recipe book. `make` alone prints it.
#
#   make run ARGS="--data-dir /tmp/try"     flags for the app
#   make test ARGS="-p scrollback-cli"      flags for cargo test
#   make chaos ARGS=300                     how many schedules, as make fuzz ARGS=5000 how many cases

SHELL := /bin/bash
# A toolchain installed a moment ago is found without a new shell.
export PATH := $(HOME)/.cargo/bin:$(PATH)

# Where thousands of short-lived homes of tests lie: in memory, where there is some.
in_memory := $(or $(TMPDIR),$(wildcard /dev/shm),/tmp)

.DEFAULT_GOAL := help
.PHONY: help setup ui run dev test chaos fuzz meta lint audit bench bindings screenshots bundle check-bundle fmt

# The desktop app needs a display; the rest of us can do without.
has_display := $(if $(filter Linux,$(shell uname)),$(DISPLAY)$(WAYLAND_DISPLAY),yes)
page := $(shell find ui/src ui/index.html ui/vite.config.ts ui/package.json -type f 2>/dev/null)

help: ## print these recipes
	@awk -F ': ## ' '/^[a-z-]+: ## / { printf "  make %-12s  %s\n", $$1, $$2 }' Makefile

setup: ## check for what the desktop app needs, install what is missing (Debian, Ubuntu)
	@scripts/setup rust app

ui/node_modules/.package-lock.json: ui/package-lock.json
	npm --prefix ui ci --no-audit --no-fund
	@touch $@

ui/dist/index.html: ui/node_modules/.package-lock.json $(page)
	npm --prefix ui run build
	@touch $@

ui: ## build the page that the window shows
ui: setup
	@$(MAKE) --no-print-directory ui/dist/index.html

ifneq ($(has_display),)
run: ## start the desktop app (with no display: read transcripts until Ctrl-C)
run: ui
	cargo run --release --locked -p scrollback-desktop -- $(ARGS)
else
run:
	@echo "make run: there is no display for the desktop app, so this is scrollback watch" >&2
	@scripts/setup rust
	cargo run --release --locked -p scrollback-cli -- watch $(ARGS)
endif

dev: ## the desktop app with a page that follows its sources
dev: ui
	npm --prefix ui run dev & trap "kill $$!" EXIT; cargo run -p scrollback-desktop --no-default-features -- $(ARGS)

test: ## run every test
test: export TMPDIR := $(in_memory)
test:
	@scripts/setup rust app tests
	@$(MAKE) --no-print-directory ui/dist/index.html
	@test -d "$${SCROLLBACK_CORPUS:-../shared/corpus}" || echo "SKIPPED: tests over real transcripts (no SCROLLBACK_CORPUS)"
	cargo test --workspace --locked --tests $(ARGS)
	npm --prefix ui run check
	npm --prefix ui test
	npm --prefix ui run e2e
	npm --prefix ui run size

chaos: ## kill the watch 30,000 times while agents write (ARGS: how many schedules, three kills each)
chaos: export SCROLLBACK_SCHEDULES = $(or $(ARGS),10000)
chaos: export TMPDIR := $(in_memory)
chaos:
	@scripts/setup rust
	cargo test --release --locked -p scrollback-cli --test chaos -- --nocapture

fuzz: ## a hundred thousand random inputs to every reader of what others write (ARGS: how many)
fuzz: export PROPTEST_CASES = $(or $(ARGS),100000)
fuzz: export TMPDIR := $(in_memory)
fuzz:
	@scripts/setup rust
	cargo test --release --locked --lib --bins fuzz
	cargo test --release --locked -p scrollback-engine --test fuzz

meta: ## put designs known to be bad into a copy; the tests must fail
meta:
	@scripts/setup rust
	scripts/meta

lint: ## check format, lints, layers, pictures and licences; changes nothing
lint: ui
	cargo fmt --all --check
	npm --prefix ui run format:check
	@test -d icons/node_modules || npm --prefix icons ci --no-audit --no-fund
	node icons/draw.mjs --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	scripts/check-layers
	@if command -v cargo-deny >/dev/null; then cargo deny check bans licenses sources; \
	else echo "cargo-deny is not installed: licences and sources were not checked"; fi

audit: ## ask for known faults in dependencies (needs cargo-deny and a network)
	cargo deny check advisories

bench: ## measure the promises (needs python3); benches/README.md says how
bench:
	@scripts/setup rust
	cargo build --release --locked -p scrollback-cli
	cargo build --release --locked -p scrollback-engine --example search
	python3 benches/run.py --bin "$${CARGO_TARGET_DIR:-target}/release/scrollback" $(ARGS)

bindings: ## write anew what the page takes from Rust: its types, and what its recordings say
bindings: ui
	SCROLLBACK_BINDINGS=write cargo test --locked -p scrollback-desktop --lib -- bindings recordings

screenshots: ## draw docs/screenshots anew
screenshots: ui
	SCROLLBACK_SCREENSHOTS=1 npm --prefix ui run e2e -- screenshots

bundle: ## make the package for this system: target/release/bundle
bundle: ui
	@scripts/setup bundle
	cargo build --release --locked -p scrollback-cli -p scrollback-desktop
	npx --yes @tauri-apps/cli@2.12.5 bundle --bundles $(or $(ARGS),deb)

check-bundle: ## install the .deb in a fresh Debian, look at it, and remove it (as root)
check-bundle: bundle
	scripts/check-bundle

fmt: ## format the sources
fmt: ui
	cargo fmt --all
	npm --prefix ui run format
