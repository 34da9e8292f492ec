#!/bin/sh
# train_wide.sh QNNC FOLDER: sums beyond 2^24, which float32 does not hold: a pool of 256 positions over ternary weights and
# codes of eight bits, and a layer with 78,400 inputs. Trainer, interpreter, integer C and Verilog predict the same, on
# samples that drive the sums there.
. "$(dirname "$0")/train_support.sh"

# samples COUNT ELEMENTS FILE: bright pictures, two targets.
samples() {
    awk -v count="$1" -v elements="$2" 'function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }
    BEGIN {
        state = 99
        for (row = 0; row < count; row++) {
            low = 120 + int(100 * uniform())
            for (i = 0; i < elements; i++)
                printf "%d,", low + int((255 - low) * uniform())
            printf "%.4f,%.4f\n", 500 + low, 900 - low
        }
    }' >"data/$3"
}

# agree NAME LEAST: trained with a rate that drives the weights of an output to one sign, so that its accumulators may reach at
# least that much, and, as samples are bright, do.
agree() {
    name=$1
    least=$2
    {
        "$qnnc" "$name.qnn" -o "$name" && "$name/$name" train --threads 2 && "$name/$name" eval --predictions trainer.txt &&
            "$qnnc" "$name.qnn" -o "$name" --emit-infer --evaluate --predictions interpreter.txt &&
            "$qnnc" "$name.qnn" -o "$name" --dump-integer >dump.txt &&
            "$name/${name}_infer" eval --predictions c.txt
    } >log.txt 2>&1 || fail "$name: $(tail -3 log.txt)"
    executions="trainer c"
    if command -v verilator >/dev/null; then
        "$qnnc" "$name.qnn" -o "$name" --simulate all --predictions verilog.txt >log.txt 2>&1 ||
            fail "$name in Verilog: $(tail -3 log.txt)"
        executions="$executions verilog"
    fi
    for execution in $executions; do
        cmp interpreter.txt $execution.txt || fail "$name: interpreter and $execution differ"
    done
    reach=$(sed -n 's/.*acc \[-*\([0-9]*\), \([0-9]*\)\].*/\1\n\2/p' dump.txt | sort -n | tail -1)
    [ "$reach" -ge "$least" ] || fail "$name: sums reach $reach, not $least"
}

samples 12 256 pool.csv
cat >pool.qnn <<'END'
scheme s { weights = ternary(delta = 0.05); acts = relu; deploy = uint(8); }
data { source = csv("pool.csv", holdout = 4); normalize = unit; }
network pool { input u8[16, 16, 1] -> widen: conv(256, 1) -> act -> heavy: conv(2, 3, pad = 1) -> global_avgpool -> regress; }
quantize { * : s; }
train { loss = mse; optimizer = sgd(lr = 0.01, momentum = 0); batch = 4; epochs = 2; seed = 3; }
hardware { target = generic; clock = 100 MHz; widen : fold(pe = 16, simd = 1); heavy : fold(pe = 2, simd = 16); }
END
agree pool 60000000

# A layer whose own sums are as large.
samples 10 78400 long.csv
cat >long.qnn <<'END'
scheme s { weights = ternary(delta = 0.05); acts = sign; }
data { source = csv("long.csv", holdout = 4); normalize = unit; }
network long { input u8[280, 280, 1] -> flatten -> heavy: dense(2) -> regress; }
quantize { * : s; }
train { loss = mse; optimizer = sgd(lr = 0.01, momentum = 0); batch = 6; epochs = 1; seed = 5; }
hardware { target = generic; clock = 100 MHz; heavy : fold(pe = 2, simd = 16); }
END
agree long 17000000

# What the trainer cannot multiply is refused.
cat >wide.qnn <<'END'
scheme s { weights = ternary; acts = sign; }
network wide { input u8[300, 300, 1] -> global_avgpool -> dense(2) -> classify; }
quantize { * : s; }
END
expect 1 "products of 'dense' may reach 22950000, beyond 2^24" "$qnnc" wide.qnn -o wide --random-weights 1 --emit-infer
finish
