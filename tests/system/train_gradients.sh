#!/bin/sh
# train_gradients.sh QNNC FOLDER SOURCE: the gradients that a generated network computes are the derivatives of its loss.
source=$3
. "$(dirname "$0")/train_support.sh"
"$qnnc" "$programs/smooth.qnn" -o build --emit-c || exit 2
home=$(dirname "$(dirname "$qnnc")")
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -ffp-contract=off -DNETWORK='"smooth.c"' -Ibuild -I"$home/share/qnnc/include" \
    "$source" -L"$home/lib/qnnc" -lqnn_runtime -lqnn_data -lqnn_numeric -lopenblas -lpng -lz -lcjson -lpthread -lm \
    -o gradients || exit 2
./gradients || fail "gradients"
finish
