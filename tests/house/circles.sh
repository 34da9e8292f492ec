#!/bin/sh
# circles.sh ROOT BUILD: no circle of files in compiler/ and runtime/, and no call from a room into one it may not use.
#
# A file depends on another where it includes the other's header or calls a function that is defined there; X.c and X.h of
# one folder are one file. Calls are read from the object files of BUILD: a name that one of them needs and another one
# defines as code. A table of functions is data: it may name files that include the header which declares it. What flex and
# bison write is left out: it is the grammar's, and the header of its tokens is included by those it calls.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$2
cd "$1"
. "$here/rooms.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "FROM TO how", files without .c and .h. A list of rows (.def) is a part of whoever reads it and has no arrows of its own.
find compiler runtime -name '*.[ch]' | sort | while read -r file; do
    sed -n 's/^[[:space:]]*#[[:space:]]*include "\([^"]*\)".*/\1/p' "$file" | while read -r include; do
        for path in "$include" "compiler/$include"; do
            [ ! -f "$path" ] || echo "${file%.[ch]} ${path%.[ch]} includes-it"
        done
    done
done >"$work/arrows"

# "NAME FILE defines" and "NAME FILE needs", of the objects of files that are still there.
find "$build/CMakeFiles" -path '*.dir/compiler/*.c.o' -o -path '*.dir/runtime/*.c.o' | sort | while read -r object; do
    file=${object#"$build"/CMakeFiles/*.dir/}
    file=${file%.c.o}
    [ -f "$file.c" ] || continue
    nm -g -P "$object" | awk -v file="$file" '
        $2 == "T" || $2 == "W" { print $1, file, "defines" }
        $2 == "U" { print $1, file, "needs" }'
done >"$work/symbols"
objects=$(cut -d ' ' -f 2 "$work/symbols" | sort -u | wc -l)
[ "$objects" -gt "${3:-50}" ] || { echo "only $objects object files: the check looks in the wrong place" >&2; exit 1; }
awk '$3 == "defines" { home[$1] = $2 }
     $3 == "needs" { user[++count] = $2; name[count] = $1 }
     END { for (i = 1; i <= count; i++) if (name[i] in home) print user[i], home[name[i]], "calls-" name[i] }' \
    "$work/symbols" >"$work/calls"

# One call of every two folders is enough for the direction.
status=0
awk '{ from = $1; to = $2; sub("/[^/]*$", "/", from); sub("/[^/]*$", "/", to) } !((from, to) in seen) { seen[from, to] = 1; print }' \
    "$work/calls" >"$work/crossings"
while read -r from to how; do
    may_use "$(room_of "$from.c")" "$(room_of "$to.c")" && continue
    echo "$from.c $how of $to.c, upwards" >&2
    status=1
done <"$work/crossings"

# Two files of one circle reach each other.
cat "$work/arrows" "$work/calls" | awk '
function walk(from, queue, head, tail, file, to, i) {
    queue[tail++] = from
    while (head < tail) {
        file = queue[head++]
        split(next_of[file], to, " ")
        for (i in to)
            if (!((from, to[i]) in reached)) { reached[from, to[i]] = 1; queue[tail++] = to[i] }
    }
}
$1 != $2 && !(($1, $2) in how) { how[$1, $2] = $3; next_of[$1] = next_of[$1] " " $2 }
END {
    for (file in next_of) walk(file)
    for (arrow in how) {
        split(arrow, ends, SUBSEP)
        if ((ends[2], ends[1]) in reached) print "circle: " ends[1] " -> " ends[2] " (" how[arrow] ")"
    }
}' | sort >"$work/circles"
if [ -s "$work/circles" ]; then
    cat "$work/circles" >&2
    status=1
fi
exit $status
