#!/bin/sh
# Trains an example in one of its variants, checks that every execution agrees, and prints what docs/results/ keeps.
#
#   tests/bench/results.sh QNNC OUT VARIANT [SIMULATED]     SIMULATED: samples through Verilator, a number or all (default: 1000)
#
# Needs QNN_DATA. OUT/VARIANT keeps the weights, the log, curve.csv and best.histogram.csv; training goes on from its
# checkpoint where it was cut off. THREADS sets the threads (default: 1), THROUGHPUT what the simulated hardware is sized for.
set -eu

variants() {
    cat <<'EOF'
float       mnist_bin   --define q=real --define rate=1000
dropout     mnist_bin   --define q=real --define rate=1000 --define drop_in=0.2 --define drop=0.3
binary      mnist_bin
stochastic  mnist_bin   --define q=stochastic
sfc_1w1a    mnist_sfc
sfc_1w2a    mnist_sfc   --define q=w1a2 --define shift=0
lfc_1w1a    mnist_lfc
twn         mnist_twn
fashion     fashion_bnn
iris        iris
lenet       mnist_lenet
cnv_1w1a    cifar_cnv
cnv_1w2a    cifar_cnv     --define q=w1a2
report_baseline    cifar_report  --define q=real --define first=real --define weight_rate=1 --define epochs=12
report_binary      cifar_report
report_stochastic  cifar_report  --define q=stochastic --define epochs=50
cifar_twn   cifar_twn
resnet8     resnet8
cifar_dws   cifar_dws
EOF
}

[ $# -ge 3 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; variants; exit 2; }
qnnc=$1
out=$2/$3
simulated=${4:-1000}
set -- $(variants | awk -v want="$3" '$1 == want { $1 = ""; print; exit }')
[ $# -ge 1 ] || { echo "no such variant; they are:" >&2; variants >&2; exit 2; }
name=$1
shift
here=$(cd "$(dirname "$0")/../.." && pwd)
program=$here/examples/$name/$name.qnn
data=${QNN_DATA:?}
[ "$name" = iris ] && data=$here/examples/iris
[ "$name" = fashion_bnn ] && data=/usr/share/datasets

"$qnnc" "$program" -o "$out" "$@"
resume=
[ -f "$out/$name.checkpoint.safetensors" ] && resume=--resume
"$out/$name" train --data "$data" --threads "${THREADS:-1}" $resume
"$out/$name" eval --data "$data" --predictions "$out/trainer.txt"

# What docs/results/ keeps: the curve, and the distributions of the best network.
{
    echo "epoch,lr,loss,train,float,quantized,seconds"
    sed 's/,"layers".*//; s/"validation":{//; s/[{}"]//g' "$out/$name.log.jsonl" | awk -F'[,:]' '{
        for (i = 1; i < NF; i += 2) v[$i] = $(i + 1)
        print v["epoch"] "," v["lr"] "," v["loss"] "," v["train"] "," v["float"] "," v["quantized"] "," v["seconds"]
    }'
} >"$out/curve.csv"
best=$(sed -n 's/^{"epoch":\([0-9]*\),.*"best":true.*/\1/p' "$out/$name.log.jsonl" | tail -1)
awk -F, -v best="$best" 'NR == 1 || $1 == best' "$out/$name.histogram.csv" >"$out/best.histogram.csv"

case " $* " in
*" q=real "*) exit 0 ;; # float weights: nothing to deploy
esac
"$qnnc" "$program" -o "$out" "$@" --emit-infer --evaluate all --data "$data" --predictions "$out/interpreter.txt"
"$out/${name}_infer" eval --data "$data" --predictions "$out/c.txt"
"$qnnc" "$program" -o "$out" "$@" ${THROUGHPUT:+--throughput "$THROUGHPUT"} --simulate "$simulated" --data "$data" --predictions "$out/verilog.txt"
cmp "$out/trainer.txt" "$out/interpreter.txt"
cmp "$out/interpreter.txt" "$out/c.txt"
head -n "$(wc -l <"$out/verilog.txt")" "$out/c.txt" | cmp - "$out/verilog.txt"
echo "predictions: trainer = interpreter = C on $(wc -l <"$out/c.txt"), = Verilog on $(wc -l <"$out/verilog.txt")"
cc -std=c99 -O0 -c -o "$out/weights.o" "$out/${name}_infer.c"
nm -S -t d "$out/weights.o" | awk '$4 ~ /_weights$/ { bytes += $2 } END { print "weights in the object file, bytes: " bytes }'
grep 'weights take' "$out/${name}_infer.h"
