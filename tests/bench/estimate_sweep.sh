#!/bin/sh
# Synthesises small networks for a target: the data that tests/bench/estimate_fit.c makes compiler/hardware/estimate.def of.
#
#   tests/bench/estimate_sweep.sh QNNC OUT TARGET [DESIGN...]      (default: all designs)
#
# One Yosys at a time. OUT/TARGET keeps programs and reports: a second call goes on where the first was cut off. A network
# that does not fit the part counts too: its report is written.
set -eu

# input: what the first layer reads (an elementwise unit makes it of u8; u8 itself has none); acts: what h gives;
# last: batchnorm (affine), none, logits (affine, and the values leave beside the class)
designs() {
    cat <<'END'
# name  input   weights acts    N    M   K   pe  simd pe2 simd2 last
b01     sign    binary  sign    64   16  10  1   1    1   4     batchnorm
b02     sign    binary  sign    64   16  10  4   16   2   8     none
b03     sign    binary  sign    128  64  10  8   32   5   16    batchnorm
b04     sign    binary  sign    256  64  10  16  64   10  16    none
b05     sign    binary  sign    256  64  10  32  64   1   7     batchnorm
b06     sign    binary  sign    200  53  10  4   53   1   3     logits
b07     sign    binary  sign    90   21  7   3   5    2   3     none
b08     sign    binary  uint4   128  32  10  2   16   1   8     batchnorm
b09     sign    binary  uint2   16   16  3   16  16   3   16    none
b10     sign    binary  sign    512  32  10  16  32   2   32    logits
t01     sign    ternary sign    64   32  10  4   16   1   8     none
t02     sign    ternary uint2   128  32  10  8   32   2   16    batchnorm
t03     sign    ternary sign    60   24  5   2   5    5   12    batchnorm
m01     uint2   binary  uint2   64   32  10  4   8    2   4     batchnorm
m02     uint2   binary  uint2   128  32  10  8   32   1   1     none
m03     uint2   ternary uint2   64   32  10  4   16   1   2     none
m04     uint2   ternary sign    96   24  10  3   24   5   8     batchnorm
m05     uint2   ternary uint2   8    4   3   4   8    3   4     none
m06     uint3   ternary uint3   32   16  10  2   4    2   2     logits
u01     u8      binary  sign    64   32  10  4   8    4   8     none
u02     u8      binary  uint8   64   32  10  4   16   2   8     batchnorm
u03     u8      ternary uint2   64   32  10  2   8    1   16    batchnorm
u04     u8      ternary uint8   48   16  10  8   3    1   1     none
u05     u8      binary  uint8   100  40  10  5   25   10  10    batchnorm
u06     u8      binary  sign    196  32  10  8   49   1   8     none
u07     u8      ternary sign    64   16  10  16  8    1   4     batchnorm
u08     u8      binary  uint4   32   8   4   1   1    1   3     batchnorm
d01     u8      binary  sign    256  16  10  2   1    1   4     none
d02     u8      ternary sign    96   16  10  4   2    2   8     none
s01     sign    binary  sign    784  256 10  3   72   1   3     batchnorm
END
}

# Networks on images: a convolution h, perhaps a pool behind it, a last layer of one by four.
images() {
    cat <<'END'
# name|input|weights|acts|shape|convolution|pe|simd|pool
w1|sign|binary|sign|8, 8, 8|conv(8, 3)|2|4|maxpool(2)
w2|sign|binary|sign|12, 12, 16|conv(16, 3, pad = same)|4|16|maxpool(2)
w3|uint2|ternary|uint2|10, 6, 6|conv(8, 3, stride = 2, pad = 1)|2|3|avgpool(2)
w4|u8|binary|sign|9, 9, 4|conv(4, 5)|1|7|
w5|sign|binary|sign|16, 16, 4|conv(12, 3)|12|36|maxpool(2)
w6|uint2|binary|sign|8, 8, 12|depthwise(3, pad = same)|1|9|avgpool(2)
w7|uint2|ternary|uint3|16, 16, 8|conv(8, 3)|8|72|global_avgpool -> quantize(uint(3, clip = fixed(1)))
w8|u8|binary|sign|20, 20, 3|conv(16, 3)|4|9|
END
}

# uint2 -> uint(2, clip = ...)
quantizer() {
    case $1 in
    sign) echo sign ;;
    *) echo "uint(${1#uint}, clip = fixed(1.0))" ;;
    esac
}

# NAME INPUT WEIGHTS ACTS N M K PE SIMD PE2 SIMD2 LAST -> the program
program() {
    case $2 in
    u8) first= ;;
    *) first="-> pixels: quantize($(quantizer "$2"))" ;;
    esac
    case ${12} in
    none) after= ;;
    *) after="-> batchnorm" ;;
    esac
    cat <<END
data { source = idx("none"); }
scheme small { weights = $3; acts = sign; }
network $1 {
  input u8[$5] scale 1/255 offset -0.5 $first
    -> h: dense($6) -> batchnorm -> quantize($(quantizer "$4"))
    -> logits: dense($7) $after -> classify;
}
quantize { * : small; }
train { loss = square_hinge; optimizer = adam(lr = 1e-3); batch = 100; epochs = 1; seed = 1; }
hardware {
  target = $target;
  clock  = 12 MHz;
  input_elements = 1;
  logits = $([ "${12}" = logits ] && echo true || echo false);
  h      : fold(pe = $8, simd = $9);
  logits : fold(pe = ${10}, simd = ${11});
}
END
}

# The same of an image: NAME INPUT WEIGHTS ACTS SHAPE CONVOLUTION PE SIMD POOL.
image_program() {
    case $2 in
    u8) first= ;;
    *) first="-> pixels: quantize($(quantizer "$2"))" ;;
    esac
    cat <<END
data { source = idx("none"); }
scheme small { weights = $3; acts = sign; }
network $1 {
  input u8[$5] scale 1/255 $first -> h: $6 -> batchnorm -> quantize($(quantizer "$4"))
    ${9:+-> p: $9} -> flatten -> logits: dense(10) -> classify;
}
quantize { * : small; }
train { loss = square_hinge; optimizer = adam(lr = 1e-3); batch = 100; epochs = 1; seed = 1; }
hardware {
  target = $target;
  clock  = 12 MHz;
  input_elements = 1;
  h      : fold(pe = $7, simd = $8);
  logits : fold(pe = 1, simd = 4);
}
END
}

# NAME: synthesises OUT/TARGET/NAME.qnn.
report() {
    nice "$qnnc" "$out/$1.qnn" -o "$out/$1" --random-weights 1 --report >/dev/null </dev/null || true
    [ -f "$out/$1/report.json" ] || echo "$target $1: no report" >&2
}

[ $# -ge 3 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
qnnc=$1
out=$2/$3
target=$3
shift 3
mkdir -p "$out"
designs | grep -v '^#' | while read -r name shape; do
    case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
    [ -f "$out/$name/report.json" ] && continue
    # shellcheck disable=SC2086 # the shape is a list of words
    program "$name" $shape >"$out/$name.qnn"
    report "$name"
done
images | grep -v '^#' | while IFS='|' read -r name input weights acts shape convolution pe simd pool; do
    case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
    [ -f "$out/$name/report.json" ] && continue
    image_program "$name" "$input" "$weights" "$acts" "$shape" "$convolution" "$pe" "$simd" "$pool" >"$out/$name.qnn"
    report "$name"
done
