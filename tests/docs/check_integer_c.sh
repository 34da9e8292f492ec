#!/bin/sh
# check_integer_c.sh ROOT QNNC FOLDER: the example of docs/integer-c.md compiles with the integer C of examples/iris as strict
# C99 and runs; the library needs nothing from outside.
set -eu
root=$1
qnnc=$2
folder=$3
cc=${CC:-cc}
rm -rf "$folder"
mkdir -p "$folder"
"$qnnc" "$root/examples/iris/iris.qnn" -o "$folder" --random-weights 1 --emit-infer
awk -v kind=c -v prefix="$folder/example-" -f "$root/tests/docs/fences.awk" "$root/docs/integer-c.md"
strict="-std=c99 -Os -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -DIRIS_PORTABLE -I$folder"
# shellcheck disable=SC2086 # lists of words
$cc $strict "$folder"/example-*.c "$folder/iris_infer.c" -o "$folder/example"
"$folder/example" >"$folder/example.txt"
grep -Eqx 'species [0-2]' "$folder/example.txt" || { echo "the example printed:" >&2; cat "$folder/example.txt" >&2; exit 1; }
# A freestanding implementation has to bring memcpy, memset, memmove and memcmp: gcc may call them by itself.
# shellcheck disable=SC2086
$cc $strict -ffreestanding -c "$folder/iris_infer.c" -o "$folder/iris_infer.o"
if nm -u "$folder/iris_infer.o" | grep -Ev ' (memcpy|memset|memmove|memcmp)$' | grep .; then
    echo "the integer C needs these from outside" >&2
    exit 1
fi
