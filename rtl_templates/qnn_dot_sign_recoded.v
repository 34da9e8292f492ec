// qnn_dot_sign_recoded: as qnn_dot_sign with ABITS = 1, for operands whose every third bit holds the parity of its
// triple.
//
// x and w: bits 3t and 3t+1 as they are, bit 3t+2 = parity of bits 3t .. 3t+2 (qnn_recode); SIMD % 3 last bits as they
// are.
// With y = x xnor w, the parity of a triple of y is the xnor of two stored bits, and its carry, majority(y0,y1,y2), one
// function of six stored bits: one LUT6 each, against two for the sum of three xnors. The column of weight 1 (parities
// and left-over bits; one of them becomes the carry where their number is even) is reduced by full adders to the lowest
// bit of the sum; all carries together form a column of weight 2 that qnn_popcount adds. Combinational.
// Instantiates: qnn_column, qnn_popcount.
`default_nettype none

module qnn_dot_sign_recoded #(
  parameter SIMD = 16,                            // inputs, >= 3
  parameter SUM_BITS = $clog2(SIMD + SIMD % 2)    // bits of the sum: leave it at its default
) (
  input  wire [SIMD-1:0]     x,
  input  wire [SIMD-1:0]     w,
  output wire [SUM_BITS-1:0] sum,
  output wire                carry
);
  localparam TRIPLES = SIMD / 3;
  localparam ONES = TRIPLES + SIMD % 3;           // bits of weight 1
  localparam COLUMN = ONES % 2 == 1 ? ONES : ONES - 1;
  localparam ADDERS = (COLUMN - 1) / 2;           // full adders that reduce them, one carry each
  localparam TWOS = TRIPLES + ADDERS;             // bits of weight 2
  localparam PAIR_BITS = $clog2(TWOS + 1);

  wire [SIMD-1:0] y = x ~^ w;
  wire [ONES-1:0] ones;
  wire [TWOS-1:0] twos;
  wire            lowest;
  wire [PAIR_BITS-1:0]   pairs;
  genvar t;
  generate
    if (SIMD < 3 || SUM_BITS != $clog2(SIMD + SIMD % 2)) begin : check
      qnn_error_recoding_needs_three_inputs_or_more stop ();
    end
    for (t = 0; t < TRIPLES; t = t + 1) begin : triple
      wire third = y[3*t] ^ y[3*t+1] ^ y[3*t+2];
      assign twos[t] = (y[3*t] & y[3*t+1]) | (y[3*t] & third) | (y[3*t+1] & third);
      assign ones[t] = y[3*t+2];
    end
    for (t = TRIPLES; t < ONES; t = t + 1) begin : left_over
      assign ones[t] = y[2*TRIPLES+t];
    end
    if (ADDERS > 0) begin : reduce
      qnn_column #(.N(COLUMN)) column (.bits(ones[COLUMN-1:0]), .one(lowest), .twos(twos[TWOS-1:TRIPLES]));
    end else begin : single
      assign lowest = ones[0];
    end
    if (COLUMN < ONES) begin : spare
      assign carry = ones[ONES-1];
    end else begin : no_spare
      assign carry = 1'b0;
    end
  endgenerate

  qnn_popcount #(.N(TWOS), .COUNT_BITS(PAIR_BITS)) tree (.bits(twos), .count(pairs));
  assign sum = {pairs, lowest};

`ifdef FORMAL
  // The definition: undo the recoding, add the xnors one by one.
  integer i;
  reg [SIMD-1:0] plain_y;
  reg [SUM_BITS:0]     plain;
  always @* begin
    plain = {(SUM_BITS+1){1'b0}};
    plain_y = y;
    for (i = 0; i < TRIPLES; i = i + 1) plain_y[3*i+2] = y[3*i] ^ y[3*i+1] ^ y[3*i+2];
    for (i = 0; i < SIMD; i = i + 1) plain = plain + {{SUM_BITS{1'b0}}, plain_y[i]};
    assert ({1'b0, sum} + {{SUM_BITS{1'b0}}, carry} == plain);
  end
`endif
endmodule

`default_nettype wire
