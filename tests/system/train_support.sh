# What the tests of trainers share; sourced with qnnc's path and a folder as arguments. Leaves the test in that folder,
# emptied, with blobs.csv and pictures.csv (classes) and plane.csv (targets) in data/.
set -u
qnnc=$1
folder=$2
programs=$(cd "$(dirname "$0")" && pwd)/train
rm -rf "$folder"
mkdir -p "$folder/data"
cd "$folder" || exit 2
QNN_DATA=$PWD/data
export QNN_DATA
failures=0

fail() {
    echo "failed: $*"
    failures=$((failures + 1))
}

finish() {
    [ "$failures" -eq 0 ] || exit 1
    exit 0
}

# expect STATUS TEXT COMMAND...: the command ends with that status and says that text, on one line of standard error.
expect() {
    wanted=$1
    text=$2
    shift 2
    "$@" >out.txt 2>err.txt
    status=$?
    [ "$status" -eq "$wanted" ] || fail "exit status $status instead of $wanted: $*: $(cat err.txt)"
    grep -q -e "$text" err.txt out.txt || fail "'$text' is not said by: $*: $(cat err.txt)"
}

# Three clouds of points in eight dimensions, integers 0..255; and two linear functions of four values.
awk 'function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }
BEGIN {
    state = 12345
    for (row = 0; row < 900; row++) {
        class = int(uniform() * 3); line = ""
        for (i = 0; i < 8; i++) {
            centre = 60 + 60 * ((class * 5 + i * (class + 1)) % 3)
            line = line int(centre + 50 * (uniform() + uniform() - 1)) ","
        }
        print line class
    }
}' >data/blobs.csv
awk 'function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }
BEGIN {
    state = 777
    for (row = 0; row < 900; row++) {
        a = uniform(); b = uniform(); c = uniform(); d = uniform()
        printf "%.6f,%.6f,%.6f,%.6f,%.6f,%.6f\n", a, b, c, d, a - b + 0.5 * c, d - a
    }
}' >data/plane.csv
# Pictures of 7 by 6 in two channels with a bar across, a bar down, or a blot, anywhere, in noise.
awk 'function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }
BEGIN {
    state = 4711
    for (sample = 0; sample < 900; sample++) {
        class = int(uniform() * 3); row = 1 + int(uniform() * 5); column = 1 + int(uniform() * 4); line = ""
        for (y = 0; y < 7; y++)
            for (x = 0; x < 6; x++) {
                blot = (y - row) * (y - row) + (x - column) * (x - column) <= 2
                lit = class == 0 ? y == row : class == 1 ? x == column : blot
                line = line int(60 * uniform() + 190 * lit) "," int(120 * uniform() + (lit ? 0 : 120)) ","
            }
        print line class
    }
}' >data/pictures.csv
