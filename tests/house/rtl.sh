#!/bin/sh
# Verilog: no line over 120 columns; a template says what each of its parameters means, in a comment on its line or on the
# line before, and in its header what it instantiates: "// Instantiates: qnn_ram, qnn_rom." (nothing: no such line).
set -eu
cd "$1"
status=0
seen=0

complain() {
    echo "$1" >&2
    status=1
}

for file in $(find rtl_templates tests/rtl tests/formal -name '*.v' | sort); do
    seen=$((seen + 1))
    long=$(LC_ALL=C.UTF-8 grep -nE '^.{121,}' "$file" | cut -d: -f1 | tr '\n' ' ')
    [ -z "$long" ] || complain "$file: more than 120 columns in lines $long"
done
for file in rtl_templates/*.v; do
    bare=$(awk '/^ *parameter / && !/\/\// && before !~ /^ *\/\// { print $0 } { before = $0 }' "$file")
    [ -z "$bare" ] || complain "$file: parameters without a comment: $bare"
    own=$(basename "$file" .v)
    used=$(sed -nE 's/^ *(qnn_[a-z0-9_]+) +(#\(|[a-z0-9_]+ *\().*/\1/p' "$file" | grep -vE '^qnn_(error|check)_' |
        grep -vx "$own" | sort -u | tr '\n' ' ') || :
    told=$(sed -nE 's/^\/\/ Instantiates: (.*)\.$/\1/p' "$file" | tr -s ', ' '\n\n' | sort -u | tr '\n' ' ')
    [ "$(echo $used)" = "$(echo $told)" ] || complain "$file: says that it instantiates '$told', and instantiates '$used'"
done
[ "$seen" -gt "${2:-30}" ] || complain "only $seen files found: the check looks in the wrong place"
exit $status
