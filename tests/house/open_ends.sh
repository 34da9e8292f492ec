#!/bin/sh
# Nothing left open, no path of a machine, no shebang script without its bit.
set -eu
cd "$1"
status=0
if grep -rnwE 'TODO|FIXME|XXX|HACK' compiler runtime rtl_templates scripts grammar examples >&2; then
    status=1
fi
for script in scripts/* .ci/run; do
    [ -x "$script" ] || { echo "$script: not executable" >&2; status=1; }
done
exit $status
