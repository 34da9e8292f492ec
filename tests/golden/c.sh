#!/bin/sh
# c.sh QNNC FOLDER: the trainer and the integer C that QNNC writes for each FOLDER/NAME.qnn with random weights are
# FOLDER/NAME.c.golden, NAME_infer.c.golden and NAME_infer.h.golden, byte for byte. With QNN_UPDATE_GOLDEN=1 these are
# rewritten instead. (The name keeps generated code from what is asked of sources: length, format.)
set -u
qnnc=$1
folder=$2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0
checked=0
for program in "$folder"/*.qnn; do
    name=$(basename "$program" .qnn)
    "$qnnc" "$program" -o "$work" --random-weights 1 --emit-c --emit-infer >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    for file in "$name.c" "${name}_infer.c" "${name}_infer.h"; do
        [ "${QNN_UPDATE_GOLDEN:-}" != 1 ] || cp "$work/$file" "$folder/$file.golden"
        diff -u "$folder/$file.golden" "$work/$file" || failed=$((failed + 1))
        checked=$((checked + 1))
    done
done
echo "$checked compared, $failed different"
[ "$checked" -gt 0 ] && [ "$failed" -eq 0 ]
