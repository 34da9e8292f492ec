#!/bin/sh
# images.sh QNNC FOLDER PROGRAM.qnn DATA: a simulation whose memory images are missing, short, long or of other weights fails; a
# difference names the layer.
set -u
qnnc=$1 folder=$2 example=$3 data=$4
command -v verilator >/dev/null || { echo "verilator is not installed"; exit 77; }
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder" || exit 2
cp "$example" iris.qnn
failures=0

fail() {
    echo "failed: $*"
    failures=$((failures + 1))
}

# The bench as --simulate runs it: from the folder of the images.
simulate() {
    (cd build/rtl && ../sim/simulate ../sim/samples.bin ../../predictions.txt 25 1) >out.txt 2>&1
}

"$qnnc" iris.qnn -o build --random-weights 3 --simulate 10 --data "$data" || { fail "--simulate"; exit 1; }
simulate || fail "the bench does not run by itself: $(cat out.txt)"
for image in build/rtl/*.mem; do
    cp "$image" kept
    rm "$image"
    ! simulate || fail "missing: $image"
    sed '$d' kept >"$image"
    ! simulate || fail "a word is missing: $image"
    { cat kept; tail -1 kept; } >"$image"
    ! simulate || fail "a word too many: $image"
    : >"$image"
    ! simulate || fail "empty: $image"
    tr '0-9a-f' 'f0-9a-e' <kept >"$image"
    ! simulate || fail "other contents: $image"
    grep -q "first difference: layer\|first difference: result\|no result" out.txt || fail "the difference is not named: $(cat out.txt)"
    cp kept "$image"
done
simulate || fail "the images are whole again and the simulation fails"
[ "$failures" -eq 0 ]
