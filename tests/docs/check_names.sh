#!/bin/sh
# check_names.sh ROOT: the files and functions that docs/architecture.md names are there.
set -eu
cd "$1"
page=docs/architecture.md
status=0
count=0
complain() {
    echo "$page: $1 is not in the sources" >&2
    status=1
}
# Words in code spans that look like identifiers of C; what ends in h1 is generated.
for name in $(grep -o '`[^`]*`' "$page" | tr -d '`' | grep -oE '[a-z]+(_[a-z0-9]+)+' | grep -v '_h1$' | sort -u); do
    count=$((count + 1))
    grep -rqw -- "$name" compiler runtime rtl_templates examples || complain "$name"
done
# Files, with their folder or by their name alone.
for file in $(grep -oE '[a-z_/0-9]+\.(c|h|def|y|l|v)\b' "$page" | grep -v '^NAME' | sort -u); do
    count=$((count + 1))
    [ -n "$(find compiler runtime grammar rtl_templates -path "*/$file" -o -path "$file" | head -n 1)" ] || complain "$file"
done
[ "$count" -gt 50 ] || { echo "only $count names found" >&2; exit 1; }
exit $status
