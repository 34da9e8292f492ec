#!/bin/sh
# determinism.sh QNNC FOLDER EXAMPLES: everything that is written twice, in two folders, under two locales, with one thread
# and with two, has the same bytes, and says nothing about the machine.
set -u
qnnc=$1 folder=$2 examples=$3
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder" || exit 2
failures=0

fail() {
    echo "failed: $*"
    failures=$((failures + 1))
}

# make_all FOLDER LOCALE: emits each example and each dump there.
make_all() (
    mkdir -p "$1"
    cd "$1" || exit 2
    LC_ALL=$2
    export LC_ALL
    for example in iris fashion_bnn mnist_bin mnist_twn; do
        cp "$examples/$example/$example.qnn" .
        "$qnnc" $example.qnn -o build --random-weights 7 --emit-c --emit-infer --emit-verilog 2>$example.err ||
            { cat $example.err; exit 1; }
        for dump in format dump-ast dump-model dump-integer dump-hardware; do
            "$qnnc" $example.qnn --random-weights 7 --$dump >$example.$dump || exit 1
        done
    done
    cp "$examples/iris/iris.csv" .
    "$qnnc" iris.qnn -o trained && trained/iris train --data . --epochs 5 --threads "$3" >/dev/null 2>&1 &&
        "$qnnc" iris.qnn -o trained --emit-infer --emit-verilog --evaluate --data . --predictions predictions.txt \
            >/dev/null || exit 1
    "$qnnc" --help-language >help.txt
)

make_all one C 1 || fail "emitting"
make_all "two/with a blank/deep" C.UTF-8 2 || fail "emitting in another folder"
sed -i 's/"seconds":[0-9.]*//' one/trained/iris.log.jsonl "two/with a blank/deep/trained/iris.log.jsonl"
# the C compiler's own output is its own affair
find . -name '*_infer' -type f -exec rm {} +
rm -f one/trained/iris "two/with a blank/deep/trained/iris"
diff -r one "two/with a blank/deep" || fail "two runs differ"
[ "$(find one -type f | wc -l)" -gt 80 ] || fail "too few files were made"

# No path of this machine and no date.
prefix=$(dirname "$(dirname "$qnnc")")
for word in "$folder" "$prefix" "$examples" "$(date +%Y-%m)"; do
    ! grep -rlF -e "$word" one || fail "'$word' stands in what was made"
done
[ "$failures" -eq 0 ]
