// qnn_dot_sign: weights -1, +1: sum + carry = S = Σ_i (x_i xor {ABITS{~w_i}}), w = 1 for +1.
//
// The datapath of one row of qnn_mvu. With L = 2^ABITS - 1 and NEG weights -1: Σ w·x = S - L·NEG for unsigned x; for x
// = ±1 in one bit, Σ w·x = 2·S - SIMD. The constants are part of the accumulator's initial value.
// A weight is one bit. Inputs past the matrix: x = 0 and w = 1 add nothing.
// ABITS = 1: a popcount of xnors. The last bit is handed on as `carry`, for the free carry-in of the accumulator,
// because a tree of 2^n - 1 bits is perfect. ABITS > 1: w = -1 gives the one's complement. Combinational.
// Instantiates: qnn_sum_terms.
`default_nettype none

module qnn_dot_sign #(
  parameter SIMD = 16,                            // inputs, >= 1
  parameter ABITS = 1,                            // bits of an input, 1..16
  // bits of the sum: leave it at its default
  parameter SUM_BITS = ABITS > 1 ? $clog2(SIMD * ((1 << ABITS) - 1) + 1) : SIMD > 1 ? $clog2(SIMD) : 1
) (
  input  wire [SIMD*ABITS-1:0] x,
  input  wire [SIMD-1:0]       w,
  output wire [SUM_BITS-1:0]   sum,
  output wire                  carry
);
  wire [SIMD*ABITS-1:0] term;
  genvar i;
  generate
    for (i = 0; i < SIMD; i = i + 1) begin : element
      assign term[i*ABITS +: ABITS] = x[i*ABITS +: ABITS] ^ {ABITS{~w[i]}};
    end
  endgenerate
  qnn_sum_terms #(.N(SIMD), .WIDTH(ABITS)) total (.terms(term), .sum(sum), .carry(carry));
endmodule

`default_nettype wire
