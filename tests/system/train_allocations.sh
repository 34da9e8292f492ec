#!/bin/sh
# train_allocations.sh QNNC FOLDER LIBRARY TOOL: training steps allocate nothing: more steps make no more calls of malloc.
library=$3
tool=$4
. "$(dirname "$0")/train_support.sh"
mkdir data/images
"$tool" data/images || exit 2
for name in binary stochastic ternary images windows branches; do
    "$qnnc" "$programs/$name.qnn" -o build || exit 2
    for limit in 100 200 600; do
        QNN_ALLOCATIONS=calls.$limit LD_PRELOAD=$library "build/$name" train --epochs 1 --threads 1 --limit $limit >/dev/null ||
            fail "$name does not train"
    done
    cat calls.100 calls.200 calls.600
    [ -s calls.100 ] && cmp calls.100 calls.200 && cmp calls.100 calls.600 || fail "$name: steps allocate"
done
finish
