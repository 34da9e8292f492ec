#!/bin/sh
# random_simulate.sh QNNC FOLDER TOOL: random small programs, trained for an epoch, some slopes then turned or set to zero: the
# trainer, the interpreter, the integer C and the Verilog (Verilator) predict the same for every test sample; no wrapper has a
# converter that changes nothing.
tool=$3
. "$(dirname "$0")/train_support.sh"
command -v verilator >/dev/null || { echo "verilator is not installed"; exit 77; }

# simulate SEED OPTIONS...: the program of that seed, built with these options.
simulate() {
    seed=$1
    shift
    rm -rf build
    "$tool" program "$seed" program.qnn data/samples.csv || exit 2
    name=$(sed -n 's/^network \([A-Za-z0-9_]*\).*/\1/p' program.qnn)
    {
        "$qnnc" program.qnn -o build && build/"$name" train --threads 1 && "$tool" mutate "$seed" "build/$name.safetensors" &&
            build/"$name" eval --predictions trainer.txt &&
            "$qnnc" program.qnn -o build "$@" --emit-infer --evaluate --predictions interpreter.txt &&
            build/"${name}_infer" eval --predictions c.txt &&
            "$qnnc" program.qnn -o build "$@" --simulate all --predictions verilog.txt
    } >log.txt 2>&1 || { fail "seed $seed: $(tail -2 log.txt)"; cat program.qnn; return; }
    for execution in trainer c verilog; do
        cmp interpreter.txt $execution.txt || { fail "seed $seed: interpreter and $execution differ"; cat program.qnn; }
    done
    grep '^simulation' log.txt
    idle=$(awk -F '[()]' '/^ *qnn_dwc/ { in_dwc = 1 } !in_dwc { next } /\.COUNT/ { count = $2 } /\.IN\(/ { from = $2 }
        /\.OUT\(/ { if (from == $2 && count % from == 0) print FILENAME; in_dwc = 0; converters++ }
        END { if (!converters) print "none seen" }' build/rtl/*.v)
    [ -z "$idle" ] || fail "seed $seed: converters that change nothing: $idle"
}

simulate 2 --target ice40_hx8k
simulate 5 --target xc7 --throughput '500 kfps'
finish
