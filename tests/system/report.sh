#!/bin/sh
# --report: every target synthesises; what a part cannot hold is DIAGNOSTIC_DOES_NOT_FIT; a memory that synthesis has
# thrown away is found.
#   report.sh QNNC FOLDER
set -eu
qnnc=$1
out=$2
command -v yosys >/dev/null || exit 77
rm -rf "$out"
mkdir -p "$out"

fail() {
    echo "report.sh: $*" >&2
    exit 1
}

# TARGET INPUTS UNITS PE SIMD
program() {
    cat <<END
data { source = idx("none"); }
scheme tiny { weights = binary; acts = sign; }
network net {
  input u8[$2] scale 1/255 offset -0.5 -> quantize(sign) -> h: dense($3) -> batchnorm -> sign -> dense(3) -> classify;
}
quantize { * : tiny; }
train { loss = square_hinge; optimizer = adam(lr = 1e-3); batch = 10; epochs = 1; seed = 1; }
hardware {
  target = $1;
  clock  = 12 MHz;
  h      : fold(pe = $4, simd = $5);
}
END
}

for target in generic xc7 ice40_hx8k ice40_up5k ecp5; do
    program $target 12 6 2 4 >"$out/$target.qnn"
    "$qnnc" "$out/$target.qnn" -o "$out/$target" --random-weights 1 --report >"$out/$target.txt" || fail "$target: exit status $?"
    cmp -s "$out/$target.txt" "$out/$target/report.txt" || fail "$target: the table printed is not report.txt"
    grep -q "\"target\":[[:space:]]*\"$target\"" "$out/$target/report.json" || fail "$target: report.json names another target"
done

# 16 x 40 weights a word are 40 memory blocks of 16 bits; the part has 32.
program ice40_hx8k 80 96 16 40 >"$out/large.qnn"
status=0
"$qnnc" "$out/large.qnn" -o "$out/large" --random-weights 1 --report >/dev/null 2>"$out/large.err" || status=$?
[ $status -eq 1 ] || fail "too large a network: exit status $status"
grep -q "'net' does not fit iCE40HX8K: [0-9]* memory blocks of 32 \[does-not-fit\]" "$out/large.err" || fail "$(cat "$out/large.err")"
[ -s "$out/large/report.json" ] || fail "the report of what does not fit is missing"

# Templates whose memories are never written: the logic behind them is constant.
home=$(dirname "$(dirname "$qnnc")")
mkdir -p "$out/home"
cp -rL "$home/share" "$out/home/"
[ ! -d "$home/lib" ] || cp -rL "$home/lib" "$out/home/"
rom=$(find "$out/home/share" -name qnn_rom.v)
sed 's/\.we(cfg_we)/.we(1'"'"'b0)/' "$rom" >"$out/rom.v"
! cmp -s "$rom" "$out/rom.v" || fail "qnn_rom.v has no write port to tie off"
rm -f "$rom"
cp "$out/rom.v" "$rom"
status=0
QNNC_HOME=$out/home "$qnnc" "$out/xc7.qnn" -o "$out/tied" --random-weights 1 --report >/dev/null 2>"$out/tied.err" || status=$?
[ $status -eq 3 ] || fail "tied-off memories: exit status $status"
grep -q "layer 'h' lacks its memory h_weights" "$out/tied.err" || fail "$(cat "$out/tied.err")"
