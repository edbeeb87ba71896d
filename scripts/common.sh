# Shared by the shell scripts of this folder, which source it first: strict mode, the repository's root as the working
# directory, and three ways to talk. A script's usage text is its own opening comment.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '==> %s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  warn "$*"
  exit 1
}

# Prints the opening comment of the calling script, without the interpreter line and the comment signs.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "scripts/${0##*/}"; }

# For scripts whose words are all options of their own: handles --help, refuses what is not known.
unknown_option() {
  warn "unknown option $1 (--help lists what there is)"
  exit 2
}

# Builds one preset of CMakePresets.json; further words name targets.
build_preset() {
  local preset=$1
  shift
  say "configure and build: preset $preset"
  cmake --preset "$preset" -Wno-dev && cmake --build --preset "$preset" ${1:+--target "$@"}
}

# The C++, C and CUDA sources that are ours: what git knows, and what is new and not ignored.
our_sources() { git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.c' '*.h' '*.cu'; }
