#!/bin/sh
# train_gradients.sh QNNC FOLDER SOURCE: the gradients that generated networks compute are the derivatives of their losses.
source=$3
. "$(dirname "$0")/train_support.sh"
home=$(dirname "$(dirname "$qnnc")")
for name in smooth smooth_image; do
    "$qnnc" "$programs/$name.qnn" -o build --emit-c || exit 2
    ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -ffp-contract=off -DNETWORK="\"$name.c\"" -Ibuild \
        -I"$home/share/qnnc/include" "$source" -L"$home/lib/qnnc" $(cat "$home/lib/qnnc/libraries") -o "$name" || exit 2
    "./$name" || fail "gradients of $name"
done
finish
