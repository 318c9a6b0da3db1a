#!/usr/bin/env bash
# Replays the seeds of fuzz targets, then looks for more: fuzz.sh SECONDS [TARGET...]; without a target, all of them,
# as many at a time as there are cores. SECONDS are for each. A finding lands in fuzz/artifacts, and the run fails.
set -euo pipefail
cd "$(dirname "$0")/../.."

fuzz() {
  local seconds=$1 target=$2 log=fuzz/corpus/$2.log executions
  mkdir -p "fuzz/corpus/$target"
  if ! cargo +nightly fuzz run --sanitizer none "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
    -max_total_time="$seconds" -timeout=60 -verbosity=0 -print_final_stats=1 >"$log" 2>&1; then
    cat "$log"
    return 1
  fi
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  echo "counted: $executions executions of the fuzz target $target in $seconds s, nothing found"
}
export -f fuzz

seconds=$1
shift
[ $# -gt 0 ] || set -- $(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' fuzz/Cargo.toml)
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -euo pipefail -c 'fuzz "$@"' fuzz "$seconds" {}
