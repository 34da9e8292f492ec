// qnn_dot_sign_zero: weights -1, 0, +1: sum + carry = S = Σ_i nz_i & (x_i xor {ABITS{~s_i}}), s = 1 for +1, nz = 0 for
// 0.
//
// The datapath of one row of qnn_mvu. One masked popcount (or adder tree) instead of two counts and a difference: what
// is missing is constant per channel and part of the accumulator's initial value. With L = 2^ABITS - 1, NZ non-zero
// weights, NEG of them -1: Σ w·x = S - L·NEG for unsigned x; 2·S - NZ for x = ±1 in one bit.
// w: plane 0 the SIMD signs, plane 1 the SIMD bits "not zero". Inputs past the matrix: s = 1, nz = 0. Combinational.
// Instantiates: qnn_sum_terms.
`default_nettype none

module qnn_dot_sign_zero #(
  parameter SIMD = 16,                            // inputs, >= 1
  parameter ABITS = 1,                            // bits of an input, 1..16
  // bits of the sum: leave it at its default
  parameter SUM_BITS = ABITS > 1 ? $clog2(SIMD * ((1 << ABITS) - 1) + 1) : SIMD > 1 ? $clog2(SIMD) : 1
) (
  input  wire [SIMD*ABITS-1:0] x,
  input  wire [2*SIMD-1:0]     w,
  output wire [SUM_BITS-1:0]   sum,
  output wire                  carry
);
  wire [SIMD*ABITS-1:0] term;
  genvar i;
  generate
    for (i = 0; i < SIMD; i = i + 1) begin : element
      assign term[i*ABITS +: ABITS] = {ABITS{w[SIMD+i]}} & (x[i*ABITS +: ABITS] ^ {ABITS{~w[i]}});
    end
  endgenerate
  qnn_sum_terms #(.N(SIMD), .WIDTH(ABITS)) total (.terms(term), .sum(sum), .carry(carry));
endmodule

`default_nettype wire
