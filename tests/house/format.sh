#!/bin/sh
# Every C file is as clang-format leaves it.
set -eu
cd "$1"
command -v clang-format >/dev/null || { echo "clang-format is not installed" >&2; exit 77; }
find compiler runtime tests -name '*.[ch]' -print0 | sort -z | xargs -0 clang-format --dry-run -Werror
