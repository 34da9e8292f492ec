#!/bin/sh
# train_random.sh QNNC FOLDER TOOL: random small programs, trained for an epoch: the trainer's predictions are those of the
# interpreter, for the trained constants and for mutated ones (falling and constant channels). QNN_RANDOM_PROGRAMS says how
# many, QNN_RANDOM_FIRST the first seed.
tool=$3
. "$(dirname "$0")/train_support.sh"
CC="${CC:-cc} -Wall -Wextra -Wpedantic -Wshadow -Werror"
export CC
first=${QNN_RANDOM_FIRST:-1}
last=$((first + ${QNN_RANDOM_PROGRAMS:-24} - 1))

compare() {
    "build/$name" eval --threads 1 --predictions trainer.txt >/dev/null 2>eval.err ||
        { fail "seed $seed, $1: eval: $(cat eval.err)"; return; }
    "$qnnc" program.qnn -o build --emit-c --evaluate all --predictions interpreter.txt >/dev/null 2>eval.err ||
        { fail "seed $seed, $1: --evaluate: $(cat eval.err)"; return; }
    cmp trainer.txt interpreter.txt || fail "seed $seed, $1: predictions differ"
    [ "$(wc -l <trainer.txt)" -eq 16 ] || fail "seed $seed, $1: not a line per sample"
}

for seed in $(seq "$first" "$last"); do
    "$tool" program "$seed" program.qnn data/samples.csv || exit 2
    rm -rf build
    name=$(sed -n 's/^network \([A-Za-z0-9_]*\).*/\1/p' program.qnn)
    "$qnnc" program.qnn -o build >build.txt 2>&1 || { fail "seed $seed: qnnc: $(tail -3 build.txt)"; continue; }
    "build/$name" train --threads 1 >train.txt 2>&1 || { fail "seed $seed: train: $(tail -1 train.txt)"; continue; }
    compare trained
    "$tool" mutate "$seed" "build/$name.safetensors" || exit 2
    compare mutated
done
finish
