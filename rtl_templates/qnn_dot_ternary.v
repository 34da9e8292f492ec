// qnn_dot_ternary: sum + carry = S = Σ_i nz_i & (x_i xor {ABITS{~s_i}}), the datapath of one PE of qnn_mvu_ternary.
//
// One masked popcount (or adder tree) instead of two counts and a difference: what is missing is constant per channel and part of the
// accumulator's initial value. w = {non-zero plane, sign plane}, SIMD bits each. Combinational. See qnn_dot_binary.
`default_nettype none

module qnn_dot_ternary #(
  parameter SIMD = 16,
  parameter ABITS = 1,
  parameter SW = ABITS > 1 ? $clog2(SIMD * ((1 << ABITS) - 1) + 1) : SIMD > 1 ? $clog2(SIMD) : 1
) (
  input  wire [SIMD*ABITS-1:0] x,
  input  wire [2*SIMD-1:0]     w,
  output wire [SW-1:0]         sum,
  output wire                  carry
);
  wire [SIMD*ABITS-1:0] term;
  genvar i;
  generate
    for (i = 0; i < SIMD; i = i + 1) begin : element
      assign term[i*ABITS +: ABITS] = {ABITS{w[SIMD+i]}} & (x[i*ABITS +: ABITS] ^ {ABITS{~w[i]}});
    end
    if (ABITS > 1) begin : wide
      qnn_adder_tree #(.N(SIMD), .WIDTH(ABITS), .SW(SW)) tree (.values(term), .sum(sum));
      assign carry = 1'b0;
    end else if (SIMD > 1) begin : bits
      qnn_popcount #(.N(SIMD - 1), .CW(SW)) tree (.bits(term[SIMD-2:0]), .count(sum));
      assign carry = term[SIMD-1];
    end else begin : single
      assign sum = 1'b0;
      assign carry = term;
    end
  endgenerate
endmodule

`default_nettype wire
