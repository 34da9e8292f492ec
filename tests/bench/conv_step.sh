#!/bin/sh
# Speed of convolutions beside their peers, with one and with two threads.
#
#     conv_step.sh BENCH_CONV_STEP [ROUNDS]
#
# BENCH_CONV_STEP is the built program (target bench_conv_step); conv_step.c says what the columns are.
set -eu
bench=$1
[ -x "$bench" ] || { echo "$bench: build target bench_conv_step first" >&2; exit 3; }
for threads in 1 2; do
    OMP_NUM_THREADS=$threads "$bench" "$threads" "${2:-5}"
done
