#!/bin/sh
# includes.sh ROOT: includes go one way, as rooms.sh says, and name the room of what they include.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
. "$here/rooms.sh"
status=0
seen=0

complain() {
    echo "$1: includes $2" >&2
    status=1
}

for file in $(find compiler runtime -name '*.[chly]' -o -name '*.def' | sort); do
    seen=$((seen + 1))
    room=$(room_of "$file")
    for include in $(sed -n 's/^[[:space:]]*#[[:space:]]*include "\([^"]*\)".*/\1/p' "$file"); do
        case $include in
        qnn_parser.h | qnn_scanner.h) [ "$room" = syntax ] || complain "$file" "$include" ;;
        runtime/*) may_use "$room" "$(room_of "$include")" || complain "$file" "$include" ;;
        */*) may_use "$room" "${include%%/*}" || complain "$file" "$include" ;;
        *) complain "$file" "$include (name its room)" ;;
        esac
    done
done
[ "$seen" -gt "${2:-50}" ] || { echo "only $seen files found: the check looks in the wrong place" >&2; exit 1; }
exit $status
