// qnn_search: code = number of thresholds <= value, found by binary search; all bits inverted where flip = 1. A lane of
// qnn_threshold.
//
// Signed values of WIDTH bits, 2^BITS - 1 thresholds, T_1 lowest; precondition: T_1 <= T_2 <= ... Combinational.
`default_nettype none

module qnn_search #(
  parameter WIDTH = 8,                            // bits of the value and of a threshold, signed
  parameter BITS = 2                              // bits of the code, 1..4
) (
  input  wire [WIDTH-1:0]               value,
  input  wire [((1<<BITS)-1)*WIDTH-1:0] thresholds,
  input  wire                           flip,
  output wire [BITS-1:0]                code
);
  // The middle threshold gives the top bit; the half of the others on that side holds the rest.
  localparam HALF_BITS = ((1 << (BITS - 1)) - 1) * WIDTH;
  wire above = $signed(value) >= $signed(thresholds[HALF_BITS +: WIDTH]);
  assign code[BITS-1] = above ^ flip;
  generate
    if (BITS > 1) begin : rest
      qnn_search #(.WIDTH(WIDTH), .BITS(BITS - 1)) half (
        .value(value), .thresholds(above ? thresholds[HALF_BITS+WIDTH +: HALF_BITS] : thresholds[0 +: HALF_BITS]),
        .flip(flip), .code(code[BITS-2:0]));
    end
  endgenerate

`ifdef FORMAL
  // The definition: count the thresholds that are reached.
  integer i;
  reg [BITS-1:0] plain;
  always @* begin
    plain = {BITS{1'b0}};
    for (i = 0; i < (1 << BITS) - 1; i = i + 1)
      if ($signed(value) >= $signed(thresholds[i*WIDTH +: WIDTH])) plain = plain + 1'b1;
    for (i = 0; i + 2 < (1 << BITS); i = i + 1)
      assume ($signed(thresholds[i*WIDTH +: WIDTH]) <= $signed(thresholds[(i+1)*WIDTH +: WIDTH]));
    assert (code == (flip ? ~plain : plain));
  end
`endif
endmodule

`default_nettype wire
