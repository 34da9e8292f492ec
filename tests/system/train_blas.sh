#!/bin/sh
# train_blas.sh QNNC FOLDER WRONG CRASHING: trainers with OpenBLAS for every product give the same bytes for every number
# of threads; a library that computes wrong products, crashes or is not there costs a warning, and products are built in.
wrong=$3
crashing=$4
. "$(dirname "$0")/train_support.sh"
[ "$(uname -m)" != x86_64 ] || unset OPENBLAS_CORETYPE

# same NAME FOLDER: what training wrote there is what it wrote into `first`.
same() {
    for suffix in safetensors checkpoint.safetensors histogram.csv; do
        cmp "first/$1.$suffix" "$2/$1.$suffix" || fail "$1.$suffix differs: $2"
    done
}

for name in binary plane real; do
    "$qnnc" "$programs/$name.qnn" -o build || exit 2
    "build/$name" train --out first --blas always --threads 1 >out.txt || fail "$name does not train"
    for threads in 2 3; do
        "build/$name" train --out "threads$threads" --blas always --threads "$threads" >out.txt || fail "$name: threads"
        same "$name" "threads$threads"
    done
done

# The kernels are said once, and are those of the environment where it names some.
expect 0 'OpenBLAS, kernels [A-Za-z0-9]*, where it is faster$' build/real bench -v
[ "$(grep -c OpenBLAS err.txt)" -eq 1 ] || fail "OpenBLAS is not said once: $(cat err.txt)"
[ "$(uname -m)" != x86_64 ] || OPENBLAS_CORETYPE=Prescott expect 0 'kernels Prescott$' build/real bench -v --blas always
expect 0 'products built in$' build/real bench -v --blas never
expect 2 'takes auto, always or never' build/real bench --blas sometimes

# Libraries that are not OpenBLAS. (No sanitizer can tell an expected crash from another.)
"build/real" train --out first --blas never --threads 1 >out.txt || fail "real without OpenBLAS"
mkdir wrong crashing
cp "$wrong" wrong/libopenblas.so.0
cp "$crashing" crashing/libopenblas.so.0
for library in wrong crashing; do
    LD_LIBRARY_PATH=$PWD/$library expect 0 'warning: OpenBLAS computes wrong products' build/real train --out "$library-out" --threads 1
    same real "$library-out"
    LD_LIBRARY_PATH=$PWD/$library expect 3 'always: OpenBLAS computes wrong products' build/real bench --blas always
done
mkdir missing
: >missing/libopenblas.so.0
LD_LIBRARY_PATH=$PWD/missing expect 0 'warning: OpenBLAS cannot be loaded' build/real bench
finish
