#!/bin/sh
# check_report.sh ROOT QNNC FOLDER JSON_SHAPE: a real report.json has the keys and types that docs/report.md lists.
set -eu
root=$1
qnnc=$2
folder=$3
command -v yosys >/dev/null || { echo "yosys is not installed" >&2; exit 77; }
. "$root/tests/docs/shape.sh"
rm -rf "$folder"
mkdir -p "$folder"
"$qnnc" "$root/examples/iris/iris.qnn" -o "$folder" --random-weights 1 --report >"$folder/table.txt"
"$4" <"$folder/report.json" >"$folder/shape.txt"
same_shape "$root/docs/report.md" report.json "$folder/shape.txt"
cmp "$folder/table.txt" "$folder/report.txt"
