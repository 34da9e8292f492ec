#!/bin/sh
# train_programs.sh QNNC FOLDER: every program of train/ compiles without a warning, twice to the same text, learns, and
# classifies as the compiler's interpreter does.
. "$(dirname "$0")/train_support.sh"
CC="${CC:-cc} -Wall -Wextra -Wpedantic -Wshadow -Werror"
export CC

# check NAME FLOOR VIEW: the test accuracy in percent of that view is at least FLOOR.
check() {
    name=$1
    "$qnnc" "$programs/$name.qnn" -o once || { fail "$name does not compile"; return; }
    "$qnnc" "$programs/$name.qnn" -o "twice/deep" --emit-c || fail "$name: --emit-c"
    cmp "once/$name.c" "twice/deep/$name.c" || fail "$name: two texts"
    "once/$name" train --threads 1 >"$name.txt" 2>&1 || { fail "$name does not train: $(tail -1 "$name.txt")"; return; }
    reached=$(sed -n "s/^test, $3: \(loss \)*\([0-9.e-]*\).*/\2/p" "$name.txt")
    echo "$name: $3 $reached, asked $2"
    awk "BEGIN { exit !($4) }" reached="${reached:-0}" floor="$2" || fail "$name reaches $reached"
}

# same NAME: the trainer's predictions are the interpreter's.
same() {
    "once/$1" eval --threads 1 --predictions trainer.txt >/dev/null || fail "$1: eval"
    "$qnnc" "$programs/$1.qnn" -o once --emit-c --evaluate all --predictions interpreter.txt >/dev/null || fail "$1: --evaluate"
    cmp trainer.txt interpreter.txt || fail "$1: predictions differ"
    [ "$(wc -l <trainer.txt)" -eq 200 ] || fail "$1: not a line per sample"
}

check binary 85 quantized 'reached >= floor' && same binary
check stochastic 85 quantized 'reached >= floor' && same stochastic
check ternary 85 quantized 'reached >= floor' && same ternary
check windows 80 quantized 'reached >= floor' && same windows
check signs 80 quantized 'reached >= floor' && same signs
check codes 80 quantized 'reached >= floor' && same codes
for name in signs codes; do
    [ "$(grep -c 'qnn_conv_bits_forward\|qnn_conv_bits_accumulate' once/$name.c)" -eq 8 ] &&
        [ "$(grep -c 'qnn_dense_bits_forward\|qnn_dense_bits_accumulate' once/$name.c)" -eq 2 ] ||
        fail "$name: four convolutions and a dense layer count bits, in both views"
done
check integers 80 quantized 'reached >= floor' && same integers
check branches 80 quantized 'reached >= floor' && same branches
check plane 0.02 quantized 'reached <= floor' && same plane
check real 90 float 'reached >= floor'
check undeployed 80 float 'reached >= floor'
grep -q '^test, quantized' undeployed.txt || fail "undeployed: the view of the signs is missing"
! grep -q deployed once/real.c || fail "real: the text speaks of deployment"
! grep -q qnn_dropout once/binary.c || fail "binary: the text speaks of dropout"
finish
