#!/bin/sh
# train_images.sh QNNC FOLDER TOOL: image data from the language to the deployed network: NPY and CIFAR-10 files, shapes that do
# not fit, augmentation that changes training and nothing else.
tool=$3
. "$(dirname "$0")/train_support.sh"
mkdir data/images data/wrong data/c10
"$tool" data/images && "$tool" data/wrong wrong || exit 2
"$qnnc" "$programs/images.qnn" -o build || exit 2
b=build/images

# It learns, and the interpreter sees what the trainer's deployed view sees.
$b train --threads 1 >train.txt || fail "it does not train"
$b eval --predictions trainer.txt >eval.txt || fail "it does not evaluate"
"$qnnc" "$programs/images.qnn" -o build --evaluate --predictions interpreter.txt >/dev/null ||
    fail "the interpreter does not run"
[ "$(wc -l <trainer.txt)" -eq 200 ] || fail "eval predicts $(wc -l <trainer.txt) samples"
cmp trainer.txt interpreter.txt || fail "trainer and interpreter differ"
awk '/test, quantized/ { if ($3 + 0 < 80) exit 1; found = 1 } END { exit !found }' eval.txt || fail "$(cat eval.txt)"

# The same bytes again and with two threads; other bytes without augmentation, with another seed, with other steps.
for variant in again threads seed plain other; do
    program=$programs/images.qnn
    options="--threads 1"
    case $variant in
    threads) options="--threads 2" ;;
    seed) options="--threads 1 --seed 4" ;;
    plain) sed 's/augment = [^;]*;//' "$programs/images.qnn" >plain.qnn && program=plain.qnn ;;
    other) sed 's/crop(1)/crop(2)/' "$programs/images.qnn" >other.qnn && program=other.qnn ;;
    esac
    "$qnnc" "$program" -o "build/$variant" || fail "$variant is not compiled"
    "build/$variant/images" train $options >/dev/null || fail "$variant does not train"
    same=no
    cmp -s build/images.checkpoint.safetensors "build/$variant/images.checkpoint.safetensors" && same=yes
    case $variant in
    again | threads) [ $same = yes ] || fail "$variant: other bytes" ;;
    *) [ $same = no ] || fail "$variant: the same bytes" ;;
    esac
done

# Interrupted in the middle of an epoch and resumed: the same bytes. The signal comes later and later until it meets one.
middle=no
for delay in 1 2 3 4 5 6 7 8 9 10 12 14 16 18 20 25 30 40 50; do
    rm -rf middle
    $b train --threads 1 --out middle >middle.txt &
    process=$!
    sleep "$(awk "BEGIN { print $delay / 200 }")"
    kill -INT $process 2>/dev/null
    wait $process
    grep -q "stopped in epoch .* after [1-9]" middle.txt || continue
    middle=yes
    $b train --threads 2 --out middle --resume >/dev/null || fail "it cannot be resumed"
    cmp build/images.checkpoint.safetensors middle/images.checkpoint.safetensors || fail "$(cat middle.txt)"
done
[ $middle = yes ] || fail "no run was interrupted in the middle of an epoch"

# Validation and test samples are not augmented: evaluating twice, and under another seed, gives the same.
$b eval --predictions twice.txt >/dev/null && cmp trainer.txt twice.txt || fail "evaluation is not repeatable"

# Data that do not fit say both shapes; damaged ones name the file and the place.
sed 's/"images"/"wrong"/' "$programs/images.qnn" >wrong.qnn
"$qnnc" wrong.qnn -o wrong || exit 2
expect 1 "samples u8\[8, 9, 2\], the network's input is u8\[8, 8, 2\]" wrong/images train
expect 3 "no train_images.npy or .gz in" $b train --data nowhere
head -c 500 data/images/train_images.npy >data/wrong/train_images.npy
expect 3 "train_images.npy: claims more elements" wrong/images train
cat >c10.qnn <<'END'
data { source = cifar10("c10"); normalize = unit; }
network c10 { input u8[32, 32, 3] -> flatten -> dense(10) -> classify; }
train { loss = cross_entropy; optimizer = adam(lr = 1e-3); batch = 2; epochs = 2; augment = [flip, crop(4)]; }
END
"$qnnc" c10.qnn -o c10 || exit 2
for batch in 1 2 3 4 5; do
    head -c 6146 /dev/zero >data/c10/data_batch_$batch.bin
done
expect 3 "no test_batch.bin or .gz" c10/c10 train
head -c 3073 /dev/zero >data/c10/test_batch.bin
expect 0 "best network" c10/c10 train --out c10
gzip data/c10/data_batch_4.bin
expect 0 "best network" c10/c10 train --out c10
rm data/c10/data_batch_4.bin.gz
expect 3 "no data_batch_4.bin or .gz beside" c10/c10 train
head -c 6145 /dev/zero >data/c10/data_batch_4.bin
expect 3 "data_batch_4.bin: record 1 (byte 3073) has 3072 of 3073 bytes" c10/c10 train
# Without its test set a training says so and leaves older files alone.
mkdir untested
cp -r data/images untested
rm untested/images/test_images.npy
cp -r build before
expect 3 "test_images.npy" $b train --data untested
diff -r before build || fail "a training without its test set wrote files"
finish
