#!/bin/sh
# check_generated.sh ROOT QNNC: behind the line "<!-- qnnc OPTION -->" a reference page is what `qnnc OPTION` prints.
# With QNN_UPDATE_GOLDEN=1 that part of the page is rewritten instead.
set -eu
root=$1
qnnc=$2
actual=$(mktemp)
trap 'rm -f "$actual"' EXIT
status=0
for page in language-reference diagnostics; do
    file=$root/docs/$page.md
    option=$(sed -n 's/^<!-- qnnc \(.*\) -->$/\1/p' "$file")
    [ -n "$option" ] || { echo "$file: no line <!-- qnnc OPTION -->" >&2; exit 1; }
    sed '/^<!-- qnnc .* -->$/q' "$file" >"$actual"
    echo >>"$actual"
    "$qnnc" "$option" >>"$actual"
    if [ "${QNN_UPDATE_GOLDEN:-}" = 1 ]; then
        cp "$actual" "$file"
    fi
    diff -u "$file" "$actual" || status=1
done
exit $status
