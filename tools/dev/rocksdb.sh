#!/usr/bin/env bash
# Prints the folder that holds a ready librocksdb.a; whatever else it has to say goes to stderr.
#
# RocksDB takes about 20 minutes to compile on two cores, and cargo would do that again for every
# profile and target folder. So it is built once, by cargo, from the very source that the locked
# librocksdb-sys crate carries, and kept outside the checkout. A build links it when it finds
# ROCKSDB_LIB_DIR and ROCKSDB_STATIC=1 in its environment (`make env` prints both). A plain
# `cargo build` without them works too; it only takes longer.
#
#   tools/dev/rocksdb.sh          make sure that the archive is there, print its folder
#   tools/dev/rocksdb.sh clean    remove every archive kept
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { printf 'rocksdb: %s\n' "$*" >&2; }

cache=${HIGHWATER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/highwater}/rocksdb
case "${1:-}" in
"") ;;
clean) rm -rf "$cache"; say "removed $cache"; exit ;;
*) say "unknown argument: $1"; exit 2 ;;
esac

# The key: everything that makes one archive differ from another. bindgen only writes the Rust side
# and is no part of it (nor is a feature that only names the crate behind another feature, lz4-sys).
# Flags of the C++ compiler (a sanitizer, say) are, where there are any.
version=$(awk '/^name = "librocksdb-sys"$/ { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock)
[ -n "$version" ] || { say "Cargo.lock names no librocksdb-sys"; exit 1; }
features=$(cargo tree --locked --quiet --edges normal --package librocksdb-sys --depth 0 --format '{f}' |
  tr ',' '\n' | grep -Ev '^bindgen-|-sys$' | sort -u | paste -sd+)
host=$(rustc -vV | sed -n 's/^host: //p')
cxx=${CXX:-c++}
# $cxx may hold a wrapper and a compiler ("ccache g++"), so it is split into words on purpose.
# shellcheck disable=SC2086
compiler=$($cxx --version | grep -qi clang && echo clang || echo gcc)$($cxx -dumpversion | cut -d. -f1)
key=$version-$features-$host-$compiler
[ -z "${CXXFLAGS:-}" ] || key=$key-$(printf %s "$CXXFLAGS" | sha256sum | cut -c1-8)

dir=$cache/$key
archive=$dir/librocksdb.a
if [ -f "$archive" ]; then
  printf '%s\n' "$dir"
  exit
fi

# Two builds that start together would both compile it; the second waits here and finds it done.
mkdir -p "$dir"
exec 9>"$dir/lock"
flock 9

# A prebuilt archive beside the checkout saves the wait, where it is the very same one.
prebuilt=../shared/prebuilt/librocksdb.a.zst
prebuilt_key=0.19.0+11.8.1-lz4+static+zstd-x86_64-unknown-linux-gnu-gcc12
take_prebuilt() {
  [ -f "$prebuilt" ] && [ "$key" = "$prebuilt_key" ] || return 1
  command -v zstd >/dev/null || { say "not unpacking $prebuilt: zstd is not installed"; return 1; }
  echo "$(cut -d' ' -f1 "$prebuilt.sha256")  $prebuilt" | sha256sum --check --status ||
    { say "not using $prebuilt: its checksum does not match"; return 1; }
  zstd -dqfo "$archive.part" "$prebuilt" || return 1
  say "unpacked $prebuilt"
}

# RUSTFLAGS are left out: librocksdb-sys would turn a target CPU in them into compiler flags, and
# then the key would not tell two archives apart.
build() {
  say "compiling RocksDB ($key): once, about 20 minutes on two cores"
  rm -rf "$dir/build" # left by a build that was stopped
  env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u ROCKSDB_LIB_DIR -u CARGO_BUILD_TARGET \
    cargo build --locked --release --config profile.release.debug=false \
    --package librocksdb-sys --target-dir "$dir/build" >&2
  cp "$dir"/build/release/build/librocksdb-sys-*/out/librocksdb.a "$archive.part"
  say "compiled in $((SECONDS / 60)) min $((SECONDS % 60)) s"
}

if [ ! -f "$archive" ]; then
  take_prebuilt || build
  mv "$archive.part" "$archive"
  rm -rf "$dir/build"
fi
printf '%s\n' "$dir"
