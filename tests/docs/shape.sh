# same_shape PAGE MARK SHAPE: the table of PAGE behind the line "<!-- shape MARK -->" lists just the keys and types of the
# file SHAPE (what json_shape wrote). A row is | `key` | type | meaning |; a key of several types has them as "a or b".
same_shape() {
    # Object keys and elements of arrays have rows of their own; the array's and object's own rows are optional.
    sed -n "/^<!-- shape $2 -->\$/,/^\$/p" "$1" |
        sed -n 's/^| `\([^`]*\)` | \([a-z ]*\) |.*/\1 \2/p' |
        awk '{ for (i = 2; i <= NF; i++) if ($i != "or") print $1, $i }' | sort -u >"$3.page"
    grep -v ' array$' "$3" | grep -v '\[\] object$' | sort -u >"$3.found"
    [ -s "$3.page" ] || { echo "$1: no table behind <!-- shape $2 -->" >&2; return 1; }
    diff -u "$3.page" "$3.found"
}
