// qnn_popcount: count = number of ones among N bits.
//
// A balanced tree of adders whose carry-in takes one more bit each: a node of N bits adds the counts of (N-1)/2 +
// (N-1)/2 bits and the last bit, so that N bits need N - ceil(log2(N+1)) full adders. The carry enters as an extra
// lowest bit, {a,1} + {b,cin}; taking the slice above it keeps Yosys from merging the tree into one carry-save macro,
// which costs twice as much. Combinational.
`default_nettype none

module qnn_popcount #(
  parameter N = 16,                               // bits, >= 1
  parameter COUNT_BITS = $clog2(N + 1)            // bits of the count: leave it at its default
) (
  input  wire [N-1:0]          bits,
  output wire [COUNT_BITS-1:0] count
);
  generate
    if (N < 1 || COUNT_BITS != $clog2(N + 1)) begin : check
      qnn_error_popcount_needs_bits_and_their_count_width stop ();
    end else if (N == 1) begin : one
      assign count = bits;
    end else if (N == 2) begin : two
      assign count = {bits[0] & bits[1], bits[0] ^ bits[1]};
    end else if (N == 3) begin : three
      assign count = {(bits[0] & bits[1]) | (bits[0] & bits[2]) | (bits[1] & bits[2]), bits[0] ^ bits[1] ^ bits[2]};
    end else begin : node
      localparam LOW = N / 2;
      localparam HIGH = N - 1 - LOW;
      localparam LOW_BITS = $clog2(LOW + 1);
      localparam HIGH_BITS = $clog2(HIGH + 1);
      wire [LOW_BITS-1:0]  low;
      wire [HIGH_BITS-1:0] high;
      wire [COUNT_BITS:0]  sum;
      wire                 unused_carry = sum[0];
      qnn_popcount #(.N(LOW), .COUNT_BITS(LOW_BITS)) low_half (.bits(bits[LOW-1:0]), .count(low));
      qnn_popcount #(.N(HIGH), .COUNT_BITS(HIGH_BITS)) high_half (.bits(bits[LOW+HIGH-1:LOW]), .count(high));
      assign sum = {{(COUNT_BITS-LOW_BITS){1'b0}}, low, 1'b1} + {{(COUNT_BITS-HIGH_BITS){1'b0}}, high, bits[N-1]};
      assign count = sum[COUNT_BITS:1];
    end
  endgenerate

`ifdef FORMAL
  // The definition: add the bits one by one.
  integer i;
  reg [COUNT_BITS-1:0] plain;
  always @* begin
    plain = {COUNT_BITS{1'b0}};
    for (i = 0; i < N; i = i + 1) plain = plain + {{(COUNT_BITS-1){1'b0}}, bits[i]};
    assert (count == plain);
  end
`endif
endmodule

`default_nettype wire
