#!/usr/bin/env bash
# Changes the code in small ways, one at a time, and looks whether a test notices: mutants.sh format|engine
# [OPTION OF CARGO-MUTANTS...]. What .cargo/mutants.toml leaves out it gives a reason for. Fails if a change goes
# unnoticed.
set -euo pipefail
cd "$(dirname "$0")/../.."

area=$1
shift
out=target/mutants/$area
rm -rf "$out"
mkdir -p "$out"

mutants() { cargo mutants --no-shuffle --output "$out" "$@"; }
lines() { cat "$out/$1" 2>/dev/null | wc -l; }

# The tests that are shown what the engine's own miss.
slow=(clock rules paging tables digests ttl pressure watch observability threads hazards model)

status=0
case $area in
format)
  mutants --package highwater-format "$@" || status=$?
  ;;
engine)
  # Unit tests take seconds. What they miss is shown to the tests that take longer. The targets are named to cargo
  # and not to its test alone: it would build all of them for each change.
  mutants --package highwater --test-package highwater --timeout 30 -C=--lib "$@" || status=$?
  if [ "$status" -eq 2 ] || [ "$status" -eq 3 ]; then
    status=0
    PROPTEST_CASES=30 STRESS_SECONDS=2 mutants --iterate --baseline skip --package highwater \
      --test-package highwater-tests --timeout 200 "${slow[@]/#/-C=--test=}" "$@" || status=$?
  fi
  ;;
*)
  echo "mutants.sh: format or engine, not \"$area\"" >&2
  exit 1
  ;;
esac
caught=$(($(lines mutants.out.old/caught.txt) + $(lines mutants.out/caught.txt) + $(lines mutants.out/timeout.txt)))
echo "counted: $caught mutants of the $area caught, and $(lines mutants.out/missed.txt) missed"
# Who hangs is noticed as well.
[ "$status" -eq 3 ] || exit "$status"
