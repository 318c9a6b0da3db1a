#!/usr/bin/env bash
# Runs what tries to break the promises of docs/guarantees.md, and writes how much was tried into docs/counts.md:
# prove.sh [PART...]; without a part, all. What is not run keeps what the document has of it. The budgets are those
# of the Makefile's targets, from the environment.
set -euo pipefail
cd "$(dirname "$0")/../.."

all="test-model test-crash test-stress test-schedules broken fuzz mutants mutants-engine"
parts=${*:-$all}
out=docs/counts.md
version=$(git describe --always)
git diff --quiet HEAD -- . ":!$out" || version+=-dirty
mkdir -p target/prove

head_of() {
  cat <<END
# How much was tried

Written by \`make prove\`, one part after the other; each says of which version it is. Nothing was found in any of it
that is not mended.
END
}

# The section of a part in the document as it is.
held() {
  awk -v title="## make $1" '/^## / { on = $0 == title } on' "$out" | sed -e '$ { /^$/ d }'
}

# The section of a part that has been run.
made() {
  cat <<END
## make $1

At $version on $(date +%F): $(nproc) cores of $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1).

|  number | of what |
|--------:|---------|
END
  grep -o 'counted: .*' "target/prove/$1.log" | sed -E 's/^counted: ([0-9]+) (.*)$/| \1 | \2 |/'
}

for part in $parts; do
  echo "prove: $part"
  log=target/prove/$part.log
  make --no-print-directory "$part" >"$log" 2>&1 || { tail -n 60 "$log"; exit 1; }
  grep -q 'counted: ' "$log" || { tail -n 60 "$log"; echo "prove: $part has counted nothing"; exit 1; }
  {
    head_of
    for section in $all; do
      if [ "$section" = "$part" ]; then text=$(made "$section"); else text=$(held "$section"); fi
      [ -z "$text" ] || printf '\n%s\n' "$text"
    done
  } >target/prove/counts.md
  cp target/prove/counts.md "$out"
done
echo "prove: see $out"
