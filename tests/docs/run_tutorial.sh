#!/bin/sh
# run_tutorial.sh ROOT QNNC FOLDER: runs the ```sh blocks of docs/tutorial.md in order, with qnnc on PATH, in a folder that
# shows the examples. An ```output block behind one is what it must print, byte for byte, on both streams.
set -eu
root=$1
qnnc=$2
folder=$3
for tool in yosys verilator make; do
    command -v $tool >/dev/null || { echo "$tool is not installed" >&2; exit 77; }
done
rm -rf "$folder"
mkdir -p "$folder/blocks" "$folder/work"
for kind in sh output; do
    awk -v kind=$kind -v prefix="$folder/blocks/" -f "$root/tests/docs/fences.awk" "$root/docs/tutorial.md"
done
ln -s "$root/examples" "$folder/work/examples"
PATH=$(dirname "$qnnc"):$PATH
export PATH
cd "$folder/work"
ran=
for block in ../blocks/*; do
    case $block in
    *.sh)
        ran=$block
        echo "== docs/tutorial.md, block at line $(basename "$block" .sh)"
        sh -e "$block" >"$block.actual" 2>&1 || { cat "$block.actual"; echo "exit status $?" >&2; exit 1; }
        cat "$block.actual"
        ;;
    *.output) diff -u "$block" "$ran.actual" ;;
    esac
done
[ -n "$ran" ]
