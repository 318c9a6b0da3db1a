#!/usr/bin/env bash
# Makes sure that what the build needs from the system is there: a C and a C++ compiler (RocksDB and
# the compressors) and libclang with its headers (bindgen reads RocksDB's C header with it).
# As root, or with sudo that asks for no password, it installs what is missing. Otherwise it names
# what is missing and the command that installs it, and stops. Rust itself comes from rustup.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { printf 'deps: %s\n' "$*" >&2; }

# True if some file matches one of the patterns.
any() { compgen -G "$1" >/dev/null || { shift && [ $# -gt 0 ] && any "$@"; }; }

have_libclang() {
  # Whoever sets LIBCLANG_PATH has a clang of their own, headers and all.
  [ -z "${LIBCLANG_PATH:-}" ] || return 0
  any '/usr/lib/llvm-*/lib/libclang*.so*' '/usr/lib/*-linux-gnu/libclang*.so*' &&
    any '/usr/lib/llvm-*/lib/clang/*/include/stddef.h' '/usr/lib/clang/*/include/stddef.h'
}

if ! command -v cargo >/dev/null; then
  say "cargo is missing: install Rust with rustup"
  exit 1
fi

# ${CC} and ${CXX} may hold a wrapper and a compiler ("ccache g++"): their first words are looked for.
cc=${CC:-cc} cxx=${CXX:-c++}
packages=()
command -v "${cc%% *}" >/dev/null || packages+=(gcc libc6-dev)
command -v "${cxx%% *}" >/dev/null || packages+=(g++)
have_libclang || packages+=(libclang-dev)
needed=${#packages[@]}
# Unpacks a prebuilt archive beside the checkout; without it RocksDB is compiled, so nobody is asked.
[ ! -d ../shared/prebuilt ] || command -v zstd >/dev/null || packages+=(zstd)

[ ${#packages[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  [ "$needed" -gt 0 ] || exit 0
  say "missing, by the names of Debian's packages: ${packages[*]}"
  exit 1
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo=(sudo -n)
  else
    [ "$needed" -gt 0 ] || exit 0
    say "missing: ${packages[*]:0:needed}; install with"
    say "  sudo apt-get update && sudo apt-get install -y ${packages[*]:0:needed}"
    exit 1
  fi
fi
say "installing ${packages[*]}"
"${sudo[@]}" apt-get update -qq >&2
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -qq -y --no-install-recommends "${packages[@]}" >&2
