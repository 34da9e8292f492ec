#!/bin/sh
# train_errors.sh QNNC FOLDER: what goes wrong is said in one line, with the documented status, and leaves older files alone.
. "$(dirname "$0")/train_support.sh"
for name in binary ternary; do
    "$qnnc" "$programs/$name.qnn" -o build || exit 2
done
b=build/binary

# The command line.
expect 2 "a command is missing" $b
expect 2 "unknown command 'trian'" $b trian
expect 2 "unknown option '--epoch'" $b train --epoch 3
expect 2 "does not go with eval" $b eval --epochs 3
expect 2 "whole number from 1" $b train --epochs 0
expect 2 "whole number" $b train --threads two
expect 2 "needs a value" $b train --data
expect 2 "needs an argument" $b predict
expect 2 "one argument too many" $b eval again
expect 0 "exit status" $b --help
expect 0 "made by qnnc" $b --version

# Nothing trained, no data.
expect 3 "run .binary train. first" $b eval
expect 3 "no checkpoint" $b train --resume
expect 3 "blobs.csv" $b train --data nowhere
expect 3 "nowhere/below" $b train --out nowhere/below

# Weights of another program, truncated weights, impossible weights.
$b train --epochs 2 >/dev/null && build/ternary train --epochs 2 >/dev/null || fail "training"
mkdir -p other
cp build/ternary.safetensors other/binary.safetensors
expect 1 "another program" $b eval --out other
cp build/ternary.checkpoint.safetensors other/binary.checkpoint.safetensors
expect 1 "another program" $b train --resume --out other
head -c 1000 build/binary.safetensors >other/binary.safetensors
expect 3 "binary.safetensors" $b eval --out other
head -c 5000 build/binary.checkpoint.safetensors >other/binary.checkpoint.safetensors
expect 3 "binary.checkpoint.safetensors" $b train --resume --out other
size=$(wc -c <build/binary.safetensors)
{ head -c $((size - 64)) build/binary.safetensors; head -c 64 /dev/zero | tr '\0' '\377'; } >other/binary.safetensors
expect 1 "which cannot be" $b eval --out other
expect 2 "leave --seed out" $b train --resume --seed 99
expect 1 "same --limit" $b train --resume --limit 100 --epochs 3
expect 1 "do not fill one batch" $b train --limit 3
expect 2 "there is no test sample 200" $b predict 200
expect 2 "does not take pictures" $b predict digit.png
expect 3 "cannot write" $b eval --predictions nowhere/predictions.txt

# Another training in the same folder. (flock holds the log as one would.)
cp -r build/. before
expect 3 "another training writes '.*/build/binary.log.jsonl'" flock build/binary.log.jsonl $b train --epochs 3
diff -r before build || fail "a training beside another one wrote files"
rm -r before

# No space left: older files stay whole.
cp -r build/. before
(
    trap '' 25 # SIGXFSZ: writing beyond the limit fails, as on a full disk
    ulimit -f 8
    exec $b train --epochs 3
) >out.txt 2>err.txt
status=$?
[ "$status" -eq 3 ] || fail "a full disk: exit status $status"
grep -q "binary" err.txt || fail "a full disk: $(cat err.txt)"
for file in binary.safetensors binary.checkpoint.safetensors; do
    cmp "before/$file" "build/$file" || fail "$file was damaged by a full disk"
done
! ls build/*.tmp* >/dev/null 2>&1 || fail "a temporary file stays"

# The rest works.
expect 1 "same --limit" $b export --limit 100
expect 0 "wrote" $b export
[ -s build/binary.last.safetensors ] || fail "export wrote nothing"
expect 0 "label" $b predict 7
expect 0 "samples/s" $b bench --threads 1
finish
