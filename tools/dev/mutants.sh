#!/usr/bin/env bash
# Changes the code in small ways, one at a time, and looks whether a test notices: mutants.sh [OPTION OF CARGO-MUTANTS...].
# What .cargo/mutants.toml leaves out it gives a reason for. Fails if a change goes unnoticed.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/mutants.out
rm -rf "$out"
status=0
cargo mutants --no-shuffle --output target "$@" || status=$?
lines() { wc -l <"$out/$1.txt"; }
caught=$(($(lines caught) + $(lines timeout)))
echo "counted: $caught mutants caught, and $(lines missed) missed"
exit "$status"
