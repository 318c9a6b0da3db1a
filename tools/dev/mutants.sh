#!/usr/bin/env bash
# Changes the code in small ways, one at a time, and looks whether a test notices: mutants.sh format|engine
# [OPTION OF CARGO-MUTANTS...]. With --iterate it leaves out what was noticed before, in a run that was cut off or whose
# misses have been mended since, and counts it. What .cargo/mutants.toml leaves out it gives a reason for. Fails if a
# change goes unnoticed.
set -euo pipefail
cd "$(dirname "$0")/../.."

area=$1
shift
out=target/mutants/$area
case " $* " in *" --iterate "*) ;; *) rm -rf "$out" ;; esac
mkdir -p "$out"/{quick,slow}

# Names of what was noticed, in all rounds. Who hangs is noticed as well.
note() {
  cat "$out"/{noticed,{quick,slow}/mutants.out/{caught,timeout}.txt} 2>/dev/null | sort -u >"$out/now" || true
  mv "$out/now" "$out/noticed"
}

# One round, with the options of cargo-mutants; what stays unnoticed is in its missed.txt. Fails if the code as it is
# does not pass.
round() {
  local into=$out/$1 status=0
  shift
  cargo mutants --no-shuffle --output "$into" "$@" || status=$?
  note
  [ "$status" -eq 2 ] || [ "$status" -eq 3 ] || return "$status"
}

quick() {
  note
  # cargo-mutants leaves out what it finds here, if it is told to iterate.
  [ ! -d "$out/quick/mutants.out" ] || cp "$out/noticed" "$out/quick/mutants.out/caught.txt"
  round quick "$@"
  missed=$out/quick/mutants.out/missed.txt
}

case $area in
format)
  # Its tests are short and start no threads.
  quick --package highwater-format --jobs 2 "$@"
  ;;
engine)
  # Unit tests take seconds, without those of what is far away. What they miss is shown to tests that take longer. The
  # targets are named to cargo and not to its test alone: it would build all of them for each change.
  away=(backup:: filter:: import:: schedules:: storage:: typed::)
  quick --package highwater --test-package highwater --timeout 45 -C=--lib "$@" -- -- "${away[@]/#/--skip=}"
  mapfile -t again < <(sed -E 's/[][\\.*+?^$(){}|]/\\&/g; s/^/--re=^/; s/$/$/' "$missed")
  if [ "${#again[@]}" -gt 0 ]; then
    tests=(clock rules paging tables digests ttl pressure watch observability threads hazards model bulk_import closing
      rules_in_memory copies)
    export PROPTEST_CASES=30 STRESS_SECONDS=2
    # cargo-mutants looks for the tests of the code as it is in the package that it changes: that is done here.
    cargo test --quiet --profile mutants --all-features --package highwater-tests "${tests[@]/#/--test=}"
    # It tries every field that can be deleted, whatever is named, if it does not find it among what was noticed.
    mkdir -p "$out/slow/mutants.out"
    cp "$out/noticed" "$out/slow/mutants.out/caught.txt"
    round slow --iterate --package highwater --test-package highwater-tests --baseline=skip --timeout 300 \
      "${tests[@]/#/-C=--test=}" "${again[@]}"
    missed=$out/slow/mutants.out/missed.txt
  fi
  ;;
*)
  echo "mutants.sh: format or engine, not \"$area\"" >&2
  exit 1
  ;;
esac
lines() { wc -l <"$1"; }
echo "counted: $(lines "$out/noticed") mutants of the $area caught or hung, and $(lines "$missed") missed${*:+ ($*)}"
[ ! -s "$missed" ]
