#!/bin/sh
# check_programs.sh ROOT QNNC FOLDER: every ```qnn block of the pages, and every example, is a program without a warning.
set -eu
root=$1
qnnc=$2
folder=$3
rm -rf "$folder"
mkdir -p "$folder"
for page in "$root"/README.md "$root"/docs/*.md "$root"/docs/results/*.md "$root"/examples/*/README.md; do
    [ -f "$page" ] || continue
    name=$(echo "${page#"$root"/}" | tr '/' '_')
    awk -v kind=qnn -v prefix="$folder/$name-" -f "$root/tests/docs/fences.awk" "$page"
done
status=0
count=0
for program in "$folder"/*.qnn "$root"/examples/*/*.qnn; do
    count=$((count + 1))
    "$qnnc" --check -Werror "$program" || status=1
done
[ "$count" -gt 8 ] || { echo "only $count programs found" >&2; exit 1; }
exit $status
