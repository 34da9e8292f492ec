#!/bin/sh
# planted.sh CC: the checks of this folder on a house of four files: it passes as it is, and with each mistake planted the
# check that is there for it fails and names the file.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cc=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/house
build=$work/build

# A house with base/leaf, model/low, model/high, runtime/kernel; high calls low, both call leaf.
fresh() {
    rm -rf "$root" "$build"
    mkdir -p "$root/compiler/base" "$root/compiler/model" "$root/runtime"
    echo 'int leaf(void);' >"$root/compiler/base/leaf.h"
    printf '#include "base/leaf.h"\nint leaf(void) { return 1; }\n' >"$root/compiler/base/leaf.c"
    echo 'int low(void);' >"$root/compiler/model/low.h"
    printf '#include "model/low.h"\n#include "base/leaf.h"\nint low(void) { return leaf(); }\n' >"$root/compiler/model/low.c"
    printf '#include "model/low.h"\nint high(void);\nint high(void) { return low(); }\n' >"$root/compiler/model/high.c"
    printf 'int kernel(void);\nint kernel(void) { return 0; }\n' >"$root/runtime/kernel.c"
}

compile() {
    (cd "$root" && find . -name '*.c') | while read -r file; do
        object=$build/CMakeFiles/planted.dir/${file#./}.o
        mkdir -p "$(dirname "$object")"
        "$cc" -I "$root/compiler" -I "$root" -c "$root/$file" -o "$object"
    done
}

# expect NAME CHECK OUTCOME [TEXT]: the check passes, or fails with TEXT in what it says.
expect() {
    compile
    case $2 in
    includes) sh "$here/includes.sh" "$root" 0 >"$work/out" 2>&1 && outcome=passes || outcome=fails ;;
    circles) sh "$here/circles.sh" "$root" "$build" 0 >"$work/out" 2>&1 && outcome=passes || outcome=fails ;;
    esac
    if [ "$outcome" != "$3" ] || ! grep -q -- "${4:-}" "$work/out" && [ "$3" = fails ]; then
        echo "$1: $2.sh $outcome, not '$3' with '${4:-}':" >&2
        cat "$work/out" >&2
        exit 1
    fi
}

fresh
expect "as it is" includes passes
expect "as it is" circles passes

fresh
echo '#include "model/low.h"' >>"$root/compiler/base/leaf.c"
expect "an include upwards" includes fails "compiler/base/leaf.c: includes model/low.h"

fresh
echo '#include "base/leaf.h"' >>"$root/runtime/kernel.c"
expect "the runtime includes the compiler" includes fails "runtime/kernel.c: includes base/leaf.h"

fresh
echo '#include "low.h"' >>"$root/compiler/model/high.c"
expect "an include without its room" includes fails "name its room"

fresh
echo 'int low(void); int upwards(void); int upwards(void) { return low(); }' >>"$root/compiler/base/leaf.c"
expect "a call upwards" circles fails "compiler/base/leaf.c calls-low of compiler/model/low.c, upwards"

fresh
echo 'int kernel(void); int down(void); int down(void) { return kernel(); }' >>"$root/compiler/model/low.c"
expect "a call into the runtime" circles fails "compiler/model/low.c calls-kernel"

fresh
echo 'int high(void); int again(void); int again(void) { return high(); }' >>"$root/compiler/model/low.c"
expect "a circle of calls" circles fails "circle: compiler/model/low -> compiler/model/high (calls-high)"

fresh
echo '#include "model/high.h"' >>"$root/compiler/model/low.h"
echo 'int high(void);' >"$root/compiler/model/high.h"
expect "a circle of an include and a call" circles fails "circle: compiler/model/high -> compiler/model/low"
