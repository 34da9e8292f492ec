// qnn_adder_tree: sum = value[0] + ... + value[N-1], unsigned values of WIDTH bits, in a balanced tree of two-operand adders.
//
// Each adder is written {a,1} + {b,cin} with the slice above the carry taken (see qnn_popcount). Combinational. Any N >= 1.
// SW: width of the sum, clog2(N·(2^WIDTH - 1) + 1). value[i] lies at i·WIDTH.
`default_nettype none

module qnn_adder_tree #(
  parameter N = 4,
  parameter WIDTH = 2,
  parameter SW = $clog2(N * ((1 << WIDTH) - 1) + 1)
) (
  input  wire [N*WIDTH-1:0] values,
  output wire [SW-1:0]      sum
);
  generate
    if (N < 1 || WIDTH < 1 || SW != $clog2(N * ((1 << WIDTH) - 1) + 1)) begin : check
      qnn_error_adder_tree_needs_values_and_their_sum_width stop ();
    end else if (N == 1) begin : one
      assign sum = values;
    end else begin : node
      localparam B = N / 2;
      localparam A = N - B;
      localparam AW = $clog2(A * ((1 << WIDTH) - 1) + 1);
      localparam BW = $clog2(B * ((1 << WIDTH) - 1) + 1);
      wire [AW-1:0] low;
      wire [BW-1:0] high;
      wire [SW:0]   total;
      wire          unused_carry = total[0];
      qnn_adder_tree #(.N(A), .WIDTH(WIDTH), .SW(AW)) low_half (.values(values[A*WIDTH-1:0]), .sum(low));
      qnn_adder_tree #(.N(B), .WIDTH(WIDTH), .SW(BW)) high_half (.values(values[N*WIDTH-1:A*WIDTH]), .sum(high));
      assign total = {{(SW-AW){1'b0}}, low, 1'b1} + {{(SW-BW){1'b0}}, high, 1'b0};
      assign sum = total[SW:1];
    end
  endgenerate

`ifdef FORMAL
  integer i;
  reg [SW-1:0] plain;
  always @* begin
    plain = {SW{1'b0}};
    for (i = 0; i < N; i = i + 1) plain = plain + {{(SW-WIDTH){1'b0}}, values[i*WIDTH +: WIDTH]};
    assert (sum == plain);
  end
`endif
endmodule

`default_nettype wire
