#!/bin/sh
# example.sh QNNC FOLDER THRESHOLDS PROGRAM DATA FLOOR SAMPLES WIDTH "TRAIN OPTIONS" [NAME=VALUE...]: an example, trained
# briefly, reaches FLOOR percent (quantized, whole test set), and predicts the same everywhere: the trainer, the
# interpreter and the integer C on the whole test set, the Verilog on SAMPLES samples (all codes and integers are compared
# by --simulate itself). Every threshold is checked over every accumulator. WIDTH other than 0 makes hidden layers of 1024
# that wide. DATA is the folder below a root of data sets that the example needs: skipped without it.
set -u
qnnc=$1 folder=$2 thresholds=$3 example=$4 data=$5 floor=$6 samples=$7 width=$8 train=$9
shift 9
fail() {
    echo "failed: $*"
    exit 1
}

for root in "${QNN_DATA:-}" /usr/share/datasets "$(dirname "$example")"; do
    [ -z "$root" ] || [ ! -e "$root/$data" ] || break
done
[ -e "$root/$data" ] || { echo "no $data: give QNN_DATA"; exit 77; }

rm -rf "$folder"
mkdir -p "$folder"
cd "$folder" || exit 2
program=$(basename "$example")
name=${program%.qnn}
cp "$example" "$program"
[ "$width" -eq 0 ] || sed -i "s/fc(1024)/fc($width)/g" "$program"
defines=
for define; do
    defines="$defines --define $define"
done

# shellcheck disable=SC2086
{
    "$qnnc" "$program" -o build $defines || fail "qnnc"
    build/"$name" train --data "$root" --threads 2 --seed 1 $train >train.txt 2>&1 || fail "train: $(tail -1 train.txt)"
    build/"$name" eval --data "$root" --predictions trainer.txt | tee eval.txt || fail "eval"
    "$qnnc" "$program" -o build $defines --data "$root" --emit-infer --evaluate all --predictions interpreter.txt ||
        fail "--evaluate"
    build/"${name}_infer" eval --data "$root" --predictions c.txt || fail "integer C"
    if command -v verilator >/dev/null; then
        "$qnnc" "$program" -o build $defines --data "$root" --simulate "$samples" --predictions verilog.txt ||
            fail "--simulate"
    else
        head -n "$samples" c.txt >verilog.txt
        echo "verilator is not installed: no simulation"
    fi
    "$thresholds" "$program" build/"$name".safetensors "$@" || fail "thresholds"
}
reached=$(sed -n 's/^test, quantized: \([0-9.]*\) .*/\1/p' eval.txt)
awk "BEGIN { exit !(${reached:-0} >= $floor) }" || fail "$name reaches ${reached:-nothing} %, asked $floor %"
cc -std=c99 -O0 -c -o weights.o build/"${name}_infer.c" || fail "compiling ${name}_infer.c"
bytes=$(nm -S -t d weights.o | awk '$4 ~ /_weights$/ { bytes += $2 } END { print bytes + 0 }')
grep -q "The weights take $bytes bytes" build/"${name}_infer.h" || fail "the weights take $bytes bytes, says nm"
cmp trainer.txt interpreter.txt || fail "trainer and interpreter differ"
cmp interpreter.txt c.txt || fail "interpreter and integer C differ"
head -n "$samples" c.txt | cmp - verilog.txt || fail "integer C and Verilog differ"
echo "$name: $reached % of $(wc -l <c.txt) samples; equal everywhere, Verilog on $(wc -l <verilog.txt)"
