#!/bin/sh
# check_install.sh ROOT BUILD FOLDER: what README.md says is installed is there, and works without the source tree.
set -eu
root=$1
build=$2
folder=$3
rm -rf "$folder"
mkdir -p "$folder/work"
cmake --install "$build" --prefix "$folder/prefix" >"$folder/install.log"
cp "$root"/examples/iris/iris.* "$folder/work"
cd "$folder/work"
qnnc=../prefix/bin/qnnc
[ -f ../prefix/share/man/man1/qnnc.1 ]
"$qnnc" iris.qnn
build/iris train --data . --epochs 1 --threads 1
for tool in verilator make; do
    command -v $tool >/dev/null || { echo "$tool is not installed" >&2; exit 77; }
done
"$qnnc" iris.qnn --simulate 4 --data .
