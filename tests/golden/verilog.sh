#!/bin/sh
# verilog.sh QNNC FOLDER: the top and the layers that QNNC writes for each FOLDER/NAME.qnn with random weights, one after the
# other, are FOLDER/NAME.golden, byte for byte; the list NAME.f names every template that is instantiated. With
# QNN_UPDATE_GOLDEN=1 the golden files are rewritten instead.
set -u
qnnc=$1
folder=$2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0
checked=0
for program in "$folder"/*.qnn; do
    name=$(basename "$program" .qnn)
    "$qnnc" "$program" -o "$work/$name" --random-weights 1 --emit-verilog || exit 1
    for file in "$work/$name"/rtl/*.v; do
        case $(basename "$file") in
        qnn_*) ;;
        *) printf '// ---- %s\n' "$(basename "$file")" && cat "$file" ;;
        esac
    done >"$work/$name.golden"
    [ "${QNN_UPDATE_GOLDEN:-}" != 1 ] || cp "$work/$name.golden" "$folder/$name.golden"
    diff -u "$folder/$name.golden" "$work/$name.golden" || failed=$((failed + 1))
    for module in $(sed -nE 's/^ *(qnn_[a-z0-9_]+) #\($/\1/p' "$work/$name.golden" | sort -u); do
        grep -qx "$module.v" "$work/$name/rtl/$name.f" && [ -f "$work/$name/rtl/$module.v" ] || {
            echo "$name.f: lacks $module.v"
            failed=$((failed + 1))
        }
    done
    checked=$((checked + 1))
done
echo "$checked compared, $failed different"
[ "$checked" -gt 0 ] && [ "$failed" -eq 0 ]
