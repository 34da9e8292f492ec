// qnn_product: product = a · b of two unsigned numbers: a row of gates for each bit of b, added up; no multiplier.
//
// Each row adds to the ABITS bits that are left of the rows below it, so that a row costs one adder of ABITS bits.
// Combinational. A part of qnn_dot_int.
`default_nettype none

module qnn_product #(
  parameter ABITS = 4,                            // bits of a, >= 1
  parameter BBITS = 3                             // bits of b, >= 1
) (
  input  wire [ABITS-1:0]       a,
  input  wire [BBITS-1:0]       b,
  output wire [ABITS+BBITS-1:0] product
);
  wire [ABITS-1:0] row = a & {ABITS{b[BBITS-1]}};
  generate
    if (BBITS == 1) begin : one
      assign product = {1'b0, row};
    end else begin : more
      wire [ABITS+BBITS-2:0] lower;               // with all bits of b but the highest
      wire [ABITS:0]         upper = {1'b0, lower[ABITS+BBITS-2:BBITS-1]} + {1'b0, row};
      qnn_product #(.ABITS(ABITS), .BBITS(BBITS - 1)) rest (.a(a), .b(b[BBITS-2:0]), .product(lower));
      assign product = {upper, lower[BBITS-2:0]};
    end
  endgenerate

`ifdef FORMAL
  always @* assert (product == a * b);
`endif
endmodule

`default_nettype wire
