# `make` lists the targets. Each one installs or builds first what it needs.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# cargo with the kept RocksDB archive linked in: the one place that exports it. More than one command: a variable
# for cargo comes after LINK.
LINK := dir=$$(tools/dev/rocksdb.sh); export ROCKSDB_LIB_DIR=$$dir ROCKSDB_STATIC=1;
CARGO := $(LINK) cargo

.PHONY: help
help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

.PHONY: demo
demo: rocksdb ## replay eight releases of real data through the engine and show what syncs
	@$(CARGO) run --release -q -p highwater-cli -- demo

.PHONY: test
test: rocksdb ## run every test, and a little of everything that tries to break the engine
	@$(CARGO) test --workspace
	@$(MAKE) --no-print-directory test-schedules broken fuzz mutants mutants-engine bench-smoke

# How many processes `make test-crash` kills in each of its scenes, how often it cuts the power in each,
# how many stores it tries whose disk fails, how many whose files are damaged, and how often the log expires.
ROUNDS ?= 300
LOSSES ?= 1000
TRIALS ?= 1000
DAMAGES ?= 10000
EXPIRIES ?= 30000

.PHONY: test-crash
test-crash: rocksdb ## kill processes, cut the power, let disks fail, files be damaged and logs expire, and hold the store against what it said
	@$(LINK) ROUNDS=$(ROUNDS) LOSSES=$(LOSSES) TRIALS=$(TRIALS) DAMAGES=$(DAMAGES) EXPIRIES=$(EXPIRIES) \
	  cargo test -p highwater-tests \
	  --test crash --test power_loss --test failing_io --test corruption --test expiring -- --nocapture

# How many histories `make test-model` plays, and for how long threads contend in `make test-stress`.
CASES ?= 2000
STRESS_SECONDS ?= 60

.PHONY: test-model
test-model: rocksdb ## play random histories against the model
	@$(LINK) PROPTEST_CASES=$(CASES) cargo test -p highwater-tests --test model -- --nocapture

.PHONY: test-stress
test-stress: rocksdb ## let threads contend for a while, and check their history
	@$(LINK) STRESS_SECONDS=$(STRESS_SECONDS) cargo test -p highwater-tests --test threads -- --nocapture

# How many schedules `make test-schedules` goes through of each kind.
SCHEDULES ?= 200

.PHONY: test-schedules
test-schedules: rocksdb ## let a test decide which thread goes on at every lock
	@$(LINK) RUSTFLAGS="--cfg shuttle" CARGO_TARGET_DIR=target/shuttle SCHEDULES=$(SCHEDULES) \
	  cargo test -p highwater-tests --test schedules -- --nocapture

# Which of the ways in tests/broken; without a name, all of them.
BROKEN ?=

.PHONY: broken
broken: rocksdb ## break the engine on purpose in many ways: each must be found by its test
	@$(LINK) tools/dev/broken.sh $(BROKEN)

.PHONY: build
build: rocksdb ## build everything, optimised
	@$(CARGO) build --release --workspace

.PHONY: lint
lint: rocksdb ## check the formatting, run clippy with warnings denied
	@cargo fmt --all --check
	@$(CARGO) clippy --workspace --all-targets -- -D warnings

.PHONY: doc
doc: rocksdb ## build the documentation with warnings denied
	@$(LINK) RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# The version is pinned because the syntax of deny.toml is its own.
.PHONY: deny
deny: deps ## check the licences and sources of all dependencies
	@cargo deny --version >/dev/null 2>&1 || cargo install --locked --version 0.20.2 cargo-deny
	@cargo deny check bans licenses sources

.PHONY: bench
bench: rocksdb ## run the benchmarks
	@$(CARGO) bench -p highwater-benches

# What `make bench-compare` measures with: sizes of the table, at which every subject is there at the same time
# (10^7 takes hours and 80 GB), and any other option of the program, such as `--growth-to 10000000`, with which a run
# takes an hour and a half and 30 GB.
SIZES ?= 10000,100000,1000000
COMPARE ?=
# SQLite as it is bundled maps 2 GiB of a file and no more.
MAP_ALL := LIBSQLITE3_FLAGS=SQLITE_MAX_MMAP_SIZE=0x4000000000

.PHONY: bench-compare
bench-compare: rocksdb ## measure beside RocksDB used directly and beside peers, into benches/RESULTS.md
	@$(LINK) $(MAP_ALL) cargo run --release -q -p highwater-compare -- --sizes $(SIZES) $(COMPARE)

# Everything that the comparison asserts, on tables so small that its figures say nothing.
.PHONY: bench-smoke
bench-smoke: rocksdb ## run the comparison on tiny tables, for what it asserts; half a minute
	@out=$$(mktemp -d); trap 'rm -r "$$out"' EXIT; \
	$(CARGO) run -q -p highwater-compare -- --sizes 2000 --main-size 2000 --growth-from 1000 --growth-to 2000 \
	  --rounds 2 --write-rounds 1 --turn-ms 20 --synced 500 --many 2000 --beside 256 --out "$$out" 2>"$$out/said" \
	  || { cat "$$out/said" >&2; exit 1; }

# How long `make fuzz` goes on with each target after its seeds, and which; without a name, all of them.
FUZZ_SECONDS ?= 5
FUZZ_TARGETS ?=

.PHONY: fuzz
fuzz: fuzz-build ## replay the seeds of the fuzz targets, then look for more (needs the nightly toolchain)
	@! cargo +nightly --version >/dev/null 2>&1 || { $(LINK) tools/dev/fuzz.sh $(FUZZ_SECONDS) $(FUZZ_TARGETS); }

# Without a sanitizer: RocksDB is not built with one, and libFuzzer needs none to find panics.
.PHONY: fuzz-build
fuzz-build: rocksdb ## build the fuzz targets (needs the nightly toolchain)
	@if ! cargo +nightly --version >/dev/null 2>&1; then \
	  echo "fuzz: skipped, there is no nightly toolchain (rustup toolchain install nightly)"; \
	  exit; \
	fi; \
	cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz; \
	$(LINK) cargo +nightly fuzz build --sanitizer none

# Options of cargo-mutants: which changes of the format are tried, and which of the engine's sync, clock, retention and
# memory of recent changes (`--re engine/src/clock/`). A few, unless said otherwise; empty is all of them, which takes an
# hour or two, and `--iterate` goes on with what was not noticed before.
MUTANTS ?= --shard 0/80
ENGINE_MUTANTS ?= --shard 0/200

.PHONY: mutants
mutants: rocksdb cargo-mutants ## change the format's code in small ways: a test must notice
	@$(LINK) tools/dev/mutants.sh format $(MUTANTS)

.PHONY: mutants-engine
mutants-engine: rocksdb cargo-mutants ## the same with the engine's code, which takes longer
	@$(LINK) tools/dev/mutants.sh engine $(ENGINE_MUTANTS)

.PHONY: cargo-mutants
cargo-mutants:
	@cargo mutants --version >/dev/null 2>&1 || cargo install --locked --version 27.1.0 cargo-mutants

# Which of the targets `make prove` runs and counts; without a name, all of them.
PARTS ?=

.PHONY: prove
prove: ## run all that tries to break the promises, and write docs/counts.md
	@tools/dev/prove.sh $(PARTS)

.PHONY: deps
deps: ## install what the build needs from the system, or say what is missing
	@tools/dev/deps.sh

.PHONY: rocksdb
rocksdb: deps ## build RocksDB once and keep it (about 20 minutes the first time)
	@tools/dev/rocksdb.sh >/dev/null

.PHONY: env
env: rocksdb ## print the environment for a cargo of your own, for eval to read
	@$(LINK) echo "export ROCKSDB_LIB_DIR='$$dir' ROCKSDB_STATIC=1"

.PHONY: clean-cache
clean-cache: ## remove the kept RocksDB archives
	@tools/dev/rocksdb.sh clean
