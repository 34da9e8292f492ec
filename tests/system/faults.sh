#!/bin/sh
# faults.sh QNNC FOLDER PROGRAM.qnn DATA: what goes wrong when qnnc and the integer program run is said in one line that names
# the cause and a remedy, ends with the documented status, leaves nothing half-written and older files alone. Trainers have
# a test of their own (train_errors.sh).
set -u
qnnc=$1 folder=$2 example=$3 data=$4
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder" || exit 2
cp "$example" iris.qnn
failures=0

fail() {
    echo "failed: $*"
    failures=$((failures + 1))
}

# expect STATUS TEXT COMMAND...: that status; TEXT and no more than one line (a wrong program: its message) on standard error.
expect() {
    wanted=$1 text=$2
    shift 2
    "$@" >out.txt 2>err.txt
    status=$?
    [ "$status" -eq "$wanted" ] || fail "status $status instead of $wanted: $*: $(cat err.txt)"
    grep -q -e "$text" err.txt || fail "'$text' is not said by: $*: $(cat err.txt)"
    [ "$wanted" -eq 1 ] || [ "$(wc -l <err.txt)" -eq 1 ] || fail "more than one line from: $*: $(cat err.txt)"
}

# A wrong command line: 2.
expect 2 "no program given" "$qnnc"
expect 2 "did you mean '--emit-verilog'" "$qnnc" iris.qnn --emit-verilgo
expect 2 "NAME=VALUE" "$qnnc" iris.qnn --define q
expect 2 "colour" "$qnnc" iris.qnn -Wcolour
expect 2 "timing" "$qnnc" iris.qnn --random-weights 1 -o out --report=timing
expect 2 "" "$qnnc" iris.qnn --random-weights many
expect 2 "" "$qnnc" iris.qnn other.qnn
expect 2 "" "$qnnc" iris.qnn --data
expect 2 "" "$qnnc" iris.qnn --diagnostics xml
[ ! -e out ] || fail "a wrong command line writes"
rm -rf out build

# A wrong program: 1, and nothing is written.
sed 's/tiny; }/tinny; }/' iris.qnn >wrong.qnn
expect 1 "did you mean 'tiny'" "$qnnc" wrong.qnn -o out
sed 's/weights = ternary(scale = layer)/weights = float/' iris.qnn >float.qnn
expect 1 "float-weights" "$qnnc" float.qnn -o out --random-weights 1 --emit-infer
expect 1 "unknown-define" "$qnnc" iris.qnn -o out --define nothing=1
[ ! -e out ] || fail "a wrong program writes"

# Files that are not there or cannot be: 3.
expect 3 "nowhere.qnn" "$qnnc" nowhere.qnn
expect 3 "train first" "$qnnc" iris.qnn -o out --emit-infer
expect 3 "none.safetensors" "$qnnc" iris.qnn -o out --weights none.safetensors --emit-infer
expect 3 "nowhere" "$qnnc" iris.qnn -o out --random-weights 1 --evaluate --data nowhere
[ ! -e out ] || fail "a missing file leaves something behind"
echo text >occupied
expect 3 "occupied" "$qnnc" iris.qnn -o occupied --emit-c
[ "$(cat occupied)" = text ] || fail "a file in the place of the folder was overwritten"
expect 3 "nowhere/predictions" "$qnnc" iris.qnn -o out --random-weights 1 --evaluate --data "$data" \
    --predictions nowhere/predictions.txt
if [ -w /dev/full ]; then
    "$qnnc" iris.qnn --format >/dev/full 2>err.txt
    [ $? -eq 3 ] || fail "a full disk behind standard output goes unnoticed"
    "$qnnc" --help >/dev/full 2>err.txt
    [ $? -eq 3 ] || fail "a full disk behind --help goes unnoticed"
fi

# Weights: of another program, cut short, no weights at all.
"$qnnc" iris.qnn -o good >log.txt 2>&1 || fail "qnnc: $(cat log.txt)"
good/iris train --data "$data" --epochs 3 --threads 1 >log.txt 2>&1 || fail "train: $(tail -1 log.txt)"
sed 's/dense(8)/dense(9)/' iris.qnn >changed.qnn
expect 1 "another program" "$qnnc" changed.qnn -o out --weights good/iris.safetensors --emit-infer
size=$(wc -c <good/iris.safetensors)
for length in 0 7 8 100 $((size / 2)) $((size - 1)); do
    head -c "$length" good/iris.safetensors >short.safetensors
    expect 3 "short.safetensors" "$qnnc" iris.qnn -o out --weights short.safetensors --emit-infer
done
cp iris.qnn text.safetensors
expect 3 "text.safetensors" "$qnnc" iris.qnn -o out --weights text.safetensors --emit-infer
expect 3 "not a regular file" "$qnnc" iris.qnn -o out --weights . --emit-infer
[ ! -e out ] || fail "wrong weights leave something behind"

# Tools that are not there: 3, with the package.
mkdir -p bin
expect 3 "apt-get install gcc" env PATH="$PWD/bin" CC= "$qnnc" iris.qnn -o tools
expect 3 "nocc" env CC=nocc "$qnnc" iris.qnn -o tools
for tool in cc as ld; do # what compiling itself needs
    ln -s "$(command -v $tool)" bin/
done
expect 3 "apt-get install verilator" env PATH="$PWD/bin" CC= "$qnnc" iris.qnn -o tools \
    --weights good/iris.safetensors --data "$data" --simulate 2
expect 3 "apt-get install yosys" env PATH="$PWD/bin" "$qnnc" iris.qnn -o tools --random-weights 1 --report
expect 3 "QNNC_HOME" env QNNC_HOME=/nonexistent "$qnnc" iris.qnn -o tools --random-weights 1 --emit-verilog

# No space: writing fails, the older files stay whole and no temporary is left. The limit is on the size of a file.
"$qnnc" iris.qnn -o good --emit-c --emit-infer --emit-verilog >log.txt 2>&1 || fail "emit: $(cat log.txt)"
rm -rf before
cp -r good before
sed 's/dense(8)/dense(16)/' iris.qnn >larger.qnn
(
    trap '' XFSZ
    ulimit -f 1
    exec "$qnnc" larger.qnn -o good --random-weights 1 --emit-c --emit-infer --emit-verilog 2>/dev/null >&2
)
[ $? -eq 3 ] || fail "a full disk ends with another status than 3"
for file in iris.c iris_infer.c iris_infer.h iris_infer_main.c rtl/iris.v iris.safetensors iris; do
    cmp "before/$file" "good/$file" || fail "$file was damaged by a full disk"
done
[ -z "$(find good -name '*.tmp*')" ] || fail "a temporary file stays: $(find good -name '*.tmp*')"

# The integer program: 2 for its command line, 3 for data.
c=$PWD/good/iris_infer
[ -x "$c" ] || fail "no integer program"
expect_c() {
    wanted=$1
    shift
    "$c" "$@" >out.txt 2>err.txt
    status=$?
    [ "$status" -eq "$wanted" ] || fail "iris_infer: status $status instead of $wanted: $*: $(cat err.txt)"
    [ -s err.txt ] || [ "$wanted" -eq 0 ] || fail "iris_infer says nothing: $*"
}
expect_c 2
expect_c 2 evla
expect_c 2 eval --epochs 3
expect_c 2 predict
expect_c 3 eval --data nowhere
expect_c 3 eval --data "$data" --predictions nowhere/predictions.txt
expect_c 3 predict 100000 --data "$data"
expect_c 0 predict 3 --data "$data"
printf '1,2,3\n' >iris.csv
expect_c 3 eval --data .
[ "$failures" -eq 0 ]
