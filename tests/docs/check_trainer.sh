#!/bin/sh
# check_trainer.sh ROOT QNNC FOLDER JSON_SHAPE: what docs/trainer.md says of the log, the histograms and the options.
set -eu
root=$1
qnnc=$2
folder=$3
page=$root/docs/trainer.md
. "$root/tests/docs/shape.sh"
rm -rf "$folder"
mkdir -p "$folder"
"$qnnc" "$root/examples/iris/iris.qnn" -o "$folder"
"$folder/iris" train --data "$root/examples/iris" --epochs 2 --threads 1 >"$folder/train.txt"
"$4" <"$folder/iris.log.jsonl" >"$folder/log.txt"
same_shape "$page" log.jsonl "$folder/log.txt"
header=$(head -n 1 "$folder/iris.histogram.csv")
grep -qF "\`$header\`" "$page" || { echo "$page: does not show the histogram's columns '$header'" >&2; exit 1; }
# Every command and option of --help stands in the page.
"$folder/iris" --help | sed -n 's/^  \(--[a-z]*\|[a-z]*\) .*/\1/p' | sort -u >"$folder/words.txt"
status=0
while read -r word; do
    grep -q -e "\`$word" "$page" || { echo "$page: '$word' of --help is missing" >&2; status=1; }
done <"$folder/words.txt"
exit $status
