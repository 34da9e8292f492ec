// qnn_adder_tree: sum = value[0] + ... + value[N-1], unsigned values of WIDTH bits, in a balanced tree of two-operand
// adders.
//
// Each adder is written {a,1} + {b,cin} with the slice above the carry taken (see qnn_popcount). Combinational.
// value[i] lies at i·WIDTH.
`default_nettype none

module qnn_adder_tree #(
  parameter N = 4,                                // values, >= 1
  parameter WIDTH = 2,                            // bits of a value, >= 1
  // bits of the sum: leave it at its default
  parameter SUM_BITS = $clog2(N * ((1 << WIDTH) - 1) + 1)
) (
  input  wire [N*WIDTH-1:0]  values,
  output wire [SUM_BITS-1:0] sum
);
  generate
    if (N < 1 || WIDTH < 1 || SUM_BITS != $clog2(N * ((1 << WIDTH) - 1) + 1)) begin : check
      qnn_error_adder_tree_needs_values_and_their_sum_width stop ();
    end else if (N == 1) begin : one
      assign sum = values;
    end else begin : node
      localparam HIGH = N / 2;
      localparam LOW = N - HIGH;
      localparam LOW_BITS = $clog2(LOW * ((1 << WIDTH) - 1) + 1);
      localparam HIGH_BITS = $clog2(HIGH * ((1 << WIDTH) - 1) + 1);
      wire [LOW_BITS-1:0]  low;
      wire [HIGH_BITS-1:0] high;
      wire [SUM_BITS:0]    total;
      wire                 unused_carry = total[0];
      qnn_adder_tree #(.N(LOW), .WIDTH(WIDTH), .SUM_BITS(LOW_BITS)) low_half (
        .values(values[LOW*WIDTH-1:0]), .sum(low));
      qnn_adder_tree #(.N(HIGH), .WIDTH(WIDTH), .SUM_BITS(HIGH_BITS)) high_half (
        .values(values[N*WIDTH-1:LOW*WIDTH]), .sum(high));
      assign total = {{(SUM_BITS-LOW_BITS){1'b0}}, low, 1'b1} + {{(SUM_BITS-HIGH_BITS){1'b0}}, high, 1'b0};
      assign sum = total[SUM_BITS:1];
    end
  endgenerate

`ifdef FORMAL
  integer i;
  reg [SUM_BITS-1:0] plain;
  always @* begin
    plain = {SUM_BITS{1'b0}};
    for (i = 0; i < N; i = i + 1) plain = plain + {{(SUM_BITS-WIDTH){1'b0}}, values[i*WIDTH +: WIDTH]};
    assert (sum == plain);
  end
`endif
endmodule

`default_nettype wire
