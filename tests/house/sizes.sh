#!/bin/sh
# A source file has at most 600 lines and begins with a comment that says what belongs there.
set -eu
cd "$1"
status=0
for file in $(find compiler runtime grammar rtl_templates tests -name "*.[chvly]" -o -name "*.def" | sort); do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 600 ]; then
        echo "$file: $lines lines, more than 600" >&2
        status=1
    fi
    case $(head -n 2 "$file" | tr -d '\n' | cut -c1-2) in
    '/*' | '//' | '%{' | '%t') ;;
    *)
        echo "$file: does not begin with a comment" >&2
        status=1
        ;;
    esac
done
exit $status
