#!/bin/sh
# rtl_planted.sh: rtl.sh on two templates: it passes as they are, and with each mistake planted it fails and names the file.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/rtl_templates" "$root/tests/rtl" "$root/tests/formal"

# fresh: qnn_outer, which instantiates qnn_inner.
fresh() {
    printf 'module qnn_inner #(\n  parameter N = 1  // inputs, >= 1\n) (input wire [N-1:0] x);\nendmodule\n' \
        >"$root/rtl_templates/qnn_inner.v"
    printf '// Instantiates: qnn_inner.\nmodule qnn_outer (input wire x);\n  qnn_inner #(.N(1)) inner (.x(x));\nendmodule\n' \
        >"$root/rtl_templates/qnn_outer.v"
}

# expect WHAT OUTCOME [TEXT]: the check passes, or fails with TEXT in what it says.
expect() {
    sh "$here/rtl.sh" "$root" 0 >"$root/out" 2>&1 && outcome=passes || outcome=fails
    if [ "$outcome" = "$2" ] && grep -q -- "${3:-}" "$root/out"; then
        return
    fi
    [ "$outcome" = passes ] && [ "$2" = passes ] && return
    echo "$1: rtl.sh $outcome, not '$2' with '${3:-}':" >&2
    cat "$root/out" >&2
    exit 1
}

fresh
expect "as they are" passes

fresh
sed -i 's/  \/\/ inputs, >= 1//' "$root/rtl_templates/qnn_inner.v"
expect "a parameter without a comment" fails "qnn_inner.v: parameters without a comment"

fresh
printf '// %0121d\n' 0 >>"$root/rtl_templates/qnn_inner.v"
expect "a long line" fails "qnn_inner.v: more than 120 columns"

fresh
printf '// \303\227%0116d\n' 0 >>"$root/rtl_templates/qnn_inner.v"
expect "120 columns in more than 120 bytes" passes

fresh
sed -i 1d "$root/rtl_templates/qnn_outer.v"
expect "an instance that the header does not tell" fails "qnn_outer.v: says that it instantiates ''"

fresh
sed -i '1s/inner/inner, qnn_other/' "$root/rtl_templates/qnn_outer.v"
expect "a header that tells too much" fails "qnn_other"
