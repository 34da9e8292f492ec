#!/bin/sh
# check_man.sh ROOT: docs/qnnc.1 names every option of options.def and no other, and man has nothing to complain about.
set -eu
cd "$1"
page=docs/qnnc.1
status=0
options=$(sed -n 's/^OPTION([A-Z_]*, "\([^"]*\)".*/\1/p' compiler/driver/options.def)
[ -n "$options" ]
# In the page an option stands at the beginning of its paragraph's tag: .BI \-\-data " DIR"
tags=$(sed -n '/^\.TP/{n;s/\\-/-/g;s/^\.[BIR]* \(-[-a-zW]*\).*/\1/p}' "$page")
for option in $options; do
    echo "$tags" | grep -qx -e "$option" || { echo "$page: $option of options.def is missing" >&2; status=1; }
done
for tag in $tags; do
    echo "$options" | grep -qx -e "$tag" || { echo "$page: $tag is no option of options.def" >&2; status=1; }
done
command -v man >/dev/null && man --version >/dev/null 2>&1 || exit $((status ? status : 77))
complaints=$(LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null)
if [ -n "$complaints" ]; then
    echo "$complaints" >&2
    status=1
fi
exit $status
