#!/bin/sh
# check_links.sh ROOT: every relative link in the markdown pages of the project leads to something that is there.
set -eu
cd "$1"
status=0
seen=0
for page in README.md docs/*.md docs/results/*.md examples/*/README.md rtl_templates/README.md; do
    [ -f "$page" ] || continue
    # A link is ](TARGET) outside code spans; what stands behind '#' is a place in the page.
    for target in $(sed 's/`[^`]*`//g' "$page" | grep -o ']([^)]*)' | sed 's/^](//; s/)$//; s/#.*//'); do
        seen=$((seen + 1))
        case $target in
        '' | http:* | https:*) continue ;;
        esac
        if [ ! -e "$(dirname "$page")/$target" ]; then
            echo "$page: no such file: $target" >&2
            status=1
        fi
    done
done
[ "$seen" -gt 10 ] || { echo "only $seen links found: the check looks in the wrong place" >&2; exit 1; }
exit $status
