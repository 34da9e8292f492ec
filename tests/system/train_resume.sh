#!/bin/sh
# train_resume.sh QNNC FOLDER TOOL: killed or interrupted at any moment and resumed, training ends with the same bytes.
tool=$3
. "$(dirname "$0")/train_support.sh"
mkdir data/images
"$tool" data/images || exit 2

# Files of a run that must not depend on interruptions. The log has times, so it is compared without them.
compare() {
    for suffix in safetensors checkpoint.safetensors histogram.csv; do
        cmp "whole/$1.$suffix" "pieces/$1.$suffix" || fail "$1.$suffix differs: $2"
    done
    for run in whole pieces; do
        sed 's/"seconds":[0-9.]*//' "$run/$1.log.jsonl" >"$run.log"
    done
    cmp whole.log pieces.log || fail "$1: logs differ: $2"
}

# pieces NAME SIGNAL: runs until done, with the signal after a time that grows from 20 ms by steps.
pieces() {
    rm -rf pieces
    delay=2
    resume=
    while [ "$delay" -lt 200 ]; do
        "build/$1" train --out pieces --threads 1 --epochs 30 $resume >pieces.txt 2>&1 &
        process=$!
        sleep "$(awk "BEGIN { print $delay / 100 }")"
        kill -"$2" "$process" 2>/dev/null
        wait "$process"
        status=$?
        [ ! -f "pieces/$1.checkpoint.safetensors" ] || resume=--resume
        [ "$status" -ne 0 ] || break
        delay=$((delay + 3))
    done
    [ "$status" -eq 0 ] || "build/$1" train --out pieces --threads 1 --epochs 30 $resume >pieces.txt 2>&1 ||
        fail "$1 cannot be resumed: $(tail -1 pieces.txt)"
    compare "$1" "$2"
}

for name in binary stochastic ternary images branches; do
    "$qnnc" "$programs/$name.qnn" -o build || exit 2
    "build/$name" train --out whole --threads 1 --epochs 30 >/dev/null || fail "$name does not train"
    for signal in KILL INT TERM; do
        pieces "$name" "$signal"
    done
    "build/$name" train --out pieces --threads 2 --epochs 30 >/dev/null || fail "$name: two threads"
    compare "$name" "two threads"
done
finish
