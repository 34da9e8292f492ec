#!/bin/sh
# What a user reads is idiomatic English: messages, help and generated comments have none of the phrases listed here, each
# with what to write instead.
set -eu
cd "$1"
status=0

# forbid PATTERN INSTEAD: an extended regular expression that no string literal of the product matches.
forbid() {
    if grep -rnE "\"[^\"]*$1[^\"]*\"" compiler runtime --include='*.[ch]' --include='*.def' |
        grep -vE '(is|are) no (longer|test|checkpoint|[0-9%])|there (is|are) no ' >&2; then
        echo "write $2" >&2
        status=1
    fi
}

forbid '\bbehind\b' "'after' or 'downstream of'"
forbid '\bstands?\b' "'is', 'appears', 'represents' or 'refers to'"
forbid '\b(is|are) no [a-z]' "'is not a'"
forbid '\bat the most\b' "'at most'"
forbid '\bas far as that\b' "nothing, or what it depends on"
exit $status
