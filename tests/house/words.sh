#!/bin/sh
# What a user reads is idiomatic English: the pages of the project, and the messages, help and generated comments in string
# literals, have none of the phrases listed here, each with what to write instead. Code is left alone, and so are results and
# the pages that are made from the compiler's tables.
set -eu
cd "$1"
status=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The prose of a page as FILE:LINE:TEXT: no fenced or indented code, no code spans. A line ends with the first words of
# the next, so that a phrase broken there is found. "There is no" and "is no longer" are idiomatic and left out.
prose() {
    awk '
        function emit(next_words) {
            if (line != "") print FILENAME ":" number ":" line " " next_words
            line = ""
        }
        /^```/ { emit(); fenced = !fenced; next }
        fenced { next }
        /^    / && (line == "" || code) { code = 1; next }
        /^[ \t]*$/ { emit(); next }
        {
            code = 0
            text = $0
            gsub(/`[^`]*`/, "`", text)
            gsub(/[Tt]here (is|are) no |(is|are) no longer/, "no ", text)
            count = split(text, word)
            emit(count > 1 ? word[1] " " word[2] : word[1])
            line = text
            number = FNR
        }
        END { emit() }' "$1"
}
for page in README.md docs/*.md examples/*/README.md rtl_templates/README.md; do
    case $page in
    docs/language-reference.md | docs/diagnostics.md) ;;
    *) [ ! -f "$page" ] || prose "$page" ;;
    esac
done >"$work/prose"
[ "$(wc -l <"$work/prose")" -gt 500 ] || { echo "little prose found: the check looks in the wrong place" >&2; exit 1; }

# The string literals of the product, a line of code each.
grep -rnE '"' compiler runtime --include='*.[ch]' --include='*.def' |
    grep -vE '(is|are) no (longer|test|checkpoint|[0-9%])|there (is|are) no ' >"$work/strings"
[ "$(wc -l <"$work/strings")" -gt 500 ] || { echo "few strings found: the check looks in the wrong place" >&2; exit 1; }

# forbid PATTERN INSTEAD: an extended regular expression that no line of prose matches and no string literal.
forbid() {
    if grep -E "\"[^\"]*$1[^\"]*\"" "$work/strings" >&2; then
        echo "write $2" >&2
        status=1
    fi
    forbid_in_prose "$1" "$2"
}

# The same for prose alone.
forbid_in_prose() {
    if grep -iE "^[^:]*:[0-9]*:.*$1" "$work/prose" >&2; then
        echo "write $2" >&2
        status=1
    fi
}

forbid '\bbehind\b' "'after' or 'downstream of'"
forbid '\bstands?\b' "'is', 'appears', 'represents' or 'refers to'"
forbid '\b(is|are) no [a-z]' "'is not a'"
forbid '\bat the most\b' "'at most'"
forbid '\bas far as (that|it)\b' "nothing, or what it depends on"
forbid_in_prose '\bof (its|their) own\b' "'its own', 'separate', or nothing"
forbid_in_prose '\bgo(es)? on\b' "'continues'"
exit $status
