#!/bin/sh
# configure.sh ROOT FOLDER: `cmake -S . -B FOLDER` works with Makefiles and with Ninja, with and without the packages that
# can be missing; it says in a line what it goes without, makes the parser, and builds for release where nothing else is asked
# for.
set -u
root=$1
folder=$2
rm -rf "$folder"
mkdir -p "$folder/packages"
failures=0

fail() {
    echo "failed: $*"
    failures=$((failures + 1))
}

# Of all packages that pkg-config finds, only the one that is needed.
cp "$(pkg-config --variable=pcfiledir libcjson)/libcjson.pc" "$folder/packages" || exit 2
without_cunit='CUnit not found: the tests are not built'
without_blas='OpenBLAS not found: trainers use the built-in matrix product'

for generator in 'Unix Makefiles' Ninja; do
    all=$folder/all-${generator%% *}
    few=$folder/few-${generator%% *}
    cmake -G "$generator" -S "$root" -B "$all" >"$folder/all.txt" 2>&1 || fail "$generator: $(cat "$folder/all.txt")"
    PKG_CONFIG_LIBDIR=$folder/packages cmake -G "$generator" -S "$root" -B "$few" >"$folder/few.txt" 2>&1 ||
        fail "$generator, few packages: $(cat "$folder/few.txt")"
    for line in "$without_cunit" "$without_blas"; do
        [ "$(grep -c "$line" "$folder/few.txt")" -eq 1 ] || fail "$generator: '$line' is not said once"
        ! grep -q "$line" "$folder/all.txt" || fail "$generator: '$line' is said though it is there"
    done
    cmake --build "$few" --target syntax >"$folder/build.txt" 2>&1 || fail "$generator: $(tail -n 20 "$folder/build.txt")"
    [ -f "$all/CTestTestfile.cmake" ] || fail "$generator: no tests with CUnit"
    [ ! -f "$few/CTestTestfile.cmake" ] || fail "$generator: tests without CUnit"
    grep -q '^CMAKE_BUILD_TYPE:STRING=Release$' "$all/CMakeCache.txt" || fail "$generator: not built for release"
    ! grep -q ldl "$few/lib/qnnc/libraries" || fail "$generator: trainers load a library that is not there"
done
cmake -DQNN_BLAS=OFF "$all" >"$folder/off.txt" 2>&1 || fail "QNN_BLAS=OFF: $(cat "$folder/off.txt")"
! grep -q "$without_blas" "$folder/off.txt" || fail "OpenBLAS is missed though it is not wanted"
! grep -q ldl "$all/lib/qnnc/libraries" || fail "QNN_BLAS=OFF: trainers load OpenBLAS"
[ "$failures" -eq 0 ]
