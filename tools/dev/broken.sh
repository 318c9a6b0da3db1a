#!/usr/bin/env bash
# Breaks the engine in the ways of tests/broken, one at a time and in a copy, and says which test finds each:
# broken.sh [NAME...]. A patch names the test and what it must say. Fails if a way is not found, or for another reason,
# or does not apply any more.
set -euo pipefail
cd "$(dirname "$0")/../.."

[ $# -gt 0 ] || set -- $(basename -s .patch tests/broken/*.patch)
tree=target/broken/tree
rm -rf "$tree"
mkdir -p "$tree"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --preserve=timestamps -t "$tree"
found=0
for name in "$@"; do
  patch=$PWD/tests/broken/$name.patch
  read -ra test <<<"$(sed -n 's/^test: //p' "$patch")"
  flags=$(sed -n 's/^rustflags: //p' "$patch")
  finds=$(sed -n 's/^finds: //p' "$patch")
  read -ra budget <<<"$(sed -n 's/^env: //p' "$patch")"
  patch --quiet --strip=1 --directory="$tree" --no-backup-if-mismatch <"$patch"
  # A folder for each set of flags, and none of what is built here in that of the sources themselves: cargo would take
  # it for theirs.
  if RUSTFLAGS=$flags CARGO_TARGET_DIR=$PWD/target/broken/build${flags:+-shuttle} \
    env "${budget[@]}" cargo test --manifest-path "$tree/Cargo.toml" "${test[@]}" >"target/broken/$name.log" 2>&1; then
    echo "broken: $name: not found by ${test[*]}"
    exit 1
  fi
  if ! grep -q '^test result: FAILED' "target/broken/$name.log"; then
    cat "target/broken/$name.log"
    echo "broken: $name: the test did not run"
    exit 1
  fi
  if ! grep -qE "${finds:?$name does not say what its test finds}" "target/broken/$name.log"; then
    cat "target/broken/$name.log"
    echo "broken: $name: found for another reason than: $finds"
    exit 1
  fi
  patch --quiet --strip=1 --directory="$tree" --no-backup-if-mismatch --reverse <"$patch"
  found=$((found + 1))
  echo "broken: $name: found by ${test[*]}"
done
echo "counted: $found deliberately broken versions, each found by its test"
