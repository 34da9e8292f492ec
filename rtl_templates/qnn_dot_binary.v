// qnn_dot_binary: sum + carry = S = Σ_i (x_i xor {ABITS{~w_i}}), the datapath of one PE of qnn_mvu_binary.
//
// ABITS = 1: a popcount of xnors. The last bit is handed on as `carry`, for the free carry-in of the accumulator, because a tree of
// 2^n - 1 bits is perfect. ABITS > 1: w = -1 gives the one's complement; the constant that is missing to -x is in the
// initial value of the accumulator. Combinational. SW must be what the parameter's default says.
`default_nettype none

module qnn_dot_binary #(
  parameter SIMD = 16,
  parameter ABITS = 1,
  parameter SW = ABITS > 1 ? $clog2(SIMD * ((1 << ABITS) - 1) + 1) : SIMD > 1 ? $clog2(SIMD) : 1
) (
  input  wire [SIMD*ABITS-1:0] x,
  input  wire [SIMD-1:0]       w,
  output wire [SW-1:0]         sum,
  output wire                  carry
);
  wire [SIMD*ABITS-1:0] term;
  genvar i;
  generate
    for (i = 0; i < SIMD; i = i + 1) begin : element
      assign term[i*ABITS +: ABITS] = x[i*ABITS +: ABITS] ^ {ABITS{~w[i]}};
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
