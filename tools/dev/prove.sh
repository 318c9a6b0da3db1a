#!/usr/bin/env bash
# Runs everything that tries to break the promises of docs/guarantees.md, and writes how much was tried into
# docs/counts.md. The budgets are those of the Makefile's targets, from the environment.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(git describe --always --dirty)
log=target/prove.log
mkdir -p target
: >"$log"
for target in test-model test-crash test-stress test-schedules broken fuzz mutants; do
  echo "prove: $target"
  make --no-print-directory "$target" >>"$log" 2>&1 || { tail -n 60 "$log"; exit 1; }
done
{
  echo "# How much was tried"
  echo
  echo "Written by \`make prove\` at $version on $(date +%F): $(nproc) cores of"
  echo "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1). Nothing was found in any of it that is not mended."
  echo
  echo "|  number | of what |"
  echo "|--------:|---------|"
  grep -o 'counted: .*' "$log" | sed -E 's/^counted: ([0-9]+) (.*)$/| \1 | \2 |/'
} >docs/counts.md
echo "prove: see docs/counts.md"
