#!/bin/sh
# Compares the training step of dense_step.c with PyTorch: interleaved rounds, so that both meet the same machine.
#
#     dense_step.sh BENCH_DENSE_STEP [ROUNDS [STEPS [PYTHON]]]
#
# BENCH_DENSE_STEP is the built program (target bench_dense_step). Prints a line per round and thread count with the
# medians of both in milliseconds, then the median of the rounds' medians and their ratio.
set -eu
bench=$1
[ -x "$bench" ] || { echo "$bench: build target bench_dense_step first" >&2; exit 3; }
rounds=${2:-5}
steps=${3:-40}
python=${4:-/usr/bin/python3}
folder=$(dirname "$0")
results=$(mktemp)
trap 'rm -f "$results"' EXIT

for threads in 1 2; do
    : >"$results"
    for round in $(seq "$rounds"); do
        ours=$("$bench" "$threads" "$steps" | cut -d' ' -f1)
        theirs=$(OPENBLAS_NUM_THREADS=$threads OMP_NUM_THREADS=$threads \
            "$python" "$folder/dense_step_torch.py" "$threads" "$steps" | cut -d' ' -f1)
        echo "$ours $theirs" >>"$results"
        echo "threads $threads, round $round: $ours ms, PyTorch $theirs ms"
    done
    middle=$(((rounds + 1) / 2))
    ours=$(cut -d' ' -f1 "$results" | sort -g | sed -n "${middle}p")
    theirs=$(cut -d' ' -f2 "$results" | sort -g | sed -n "${middle}p")
    ratio=$(awk "BEGIN { printf \"%.2f\", $theirs / $ours }")
    echo "threads $threads, median of $rounds rounds: $ours ms, PyTorch $theirs ms, ratio $ratio"
done
