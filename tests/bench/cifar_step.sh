#!/bin/sh
# Compares the training step of BinaryConnect's CIFAR-10 network with PyTorch: interleaved rounds, so that both meet the same
# machine.
#
#     cifar_step.sh QNNC [ROUNDS [STEPS [PYTHON]]]      STEPS: of PyTorch; the trainer takes the median of 15
#
# Prints a line per round and thread count with the medians of both in milliseconds, then the median of the rounds'
# medians, their ratio, and what two threads gain.
set -eu
qnnc=$1
rounds=${2:-5}
steps=${3:-8}
python=${4:-/usr/bin/python3}
folder=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$qnnc" "$folder/cifar_step.qnn" -o "$work"
ours() { "$work/cifar_step" bench --threads "$1" | awk '$1 == "training" { print $2 }'; }
theirs() {
    OPENBLAS_NUM_THREADS=$1 OMP_NUM_THREADS=$1 "$python" "$folder/cifar_step_torch.py" "$1" "$steps" | cut -d' ' -f1
}
median() { cut -d' ' -f"$2" "$1" | sort -g | sed -n "$(((rounds + 1) / 2))p"; }

for round in $(seq "$rounds"); do
    for threads in 1 2; do
        echo "$(ours "$threads") $(theirs "$threads")" >>"$work/$threads"
        echo "threads $threads, round $round: $(tail -n 1 "$work/$threads" | sed 's/ / ms, PyTorch /') ms"
    done
done
for threads in 1 2; do
    echo "threads $threads, median of $rounds rounds: $(median "$work/$threads" 1) ms, PyTorch $(median "$work/$threads" 2) ms," \
        "ratio $(awk "BEGIN { printf \"%.2f\", $(median "$work/$threads" 2) / $(median "$work/$threads" 1) }")"
done
echo "two threads against one: $(awk "BEGIN { printf \"%.2f\", $(median "$work/1" 1) / $(median "$work/2" 1) }")"
