#!/bin/sh
# run.sh TOOL FOLDER: compares what TOOL writes for each FOLDER/NAME.qnn with the files NAME.format, NAME.dump and NAME.err
# that stand beside it. With QNN_UPDATE_GOLDEN=1 it rewrites them instead.
set -u
tool=$1
folder=$2
actual=$(mktemp) || exit 2
trap 'rm -f "$actual"' EXIT
checked=0
failed=0
for program in "$folder"/*.qnn; do
    for mode in format dump err; do
        expected=${program%.qnn}.$mode
        [ -f "$expected" ] || continue
        "$tool" "$mode" "$program" >"$actual"
        status=$?
        # Exactly the programs that have an .err file have errors.
        wanted=0
        [ ! -f "${program%.qnn}.err" ] || wanted=1
        if [ "$status" -ne "$wanted" ]; then
            echo "$program: exit status $status, expected $wanted"
            failed=$((failed + 1))
        fi
        if [ "${QNN_UPDATE_GOLDEN:-}" = 1 ]; then
            cp "$actual" "$expected"
        fi
        if ! diff -u "$expected" "$actual"; then
            failed=$((failed + 1))
        fi
        checked=$((checked + 1))
    done
done
echo "$checked compared, $failed different"
[ "$checked" -gt 0 ] && [ "$failed" -eq 0 ]
