// qnn_popcount: count = number of ones among N bits.
//
// A balanced tree of adders whose carry-in takes one more bit each: a node of N bits adds the counts of (N-1)/2 + (N-1)/2 bits and the
// last bit, so that N bits need N - ceil(log2(N+1)) full adders. The carry enters as an extra lowest bit, {a,1} + {b,cin}; taking
// the slice above it keeps Yosys from merging the tree into one carry-save macro, which costs twice as much.
// Combinational. Any N >= 1. CW = clog2(N+1).
`default_nettype none

module qnn_popcount #(
  parameter N = 16,
  parameter CW = $clog2(N + 1)
) (
  input  wire [N-1:0]  bits,
  output wire [CW-1:0] count
);
  generate
    if (N < 1 || CW != $clog2(N + 1)) begin : check
      qnn_error_popcount_needs_bits_and_their_count_width stop ();
    end else if (N == 1) begin : one
      assign count = bits;
    end else if (N == 2) begin : two
      assign count = {bits[0] & bits[1], bits[0] ^ bits[1]};
    end else if (N == 3) begin : three
      assign count = {(bits[0] & bits[1]) | (bits[0] & bits[2]) | (bits[1] & bits[2]), bits[0] ^ bits[1] ^ bits[2]};
    end else begin : node
      localparam A = N / 2;
      localparam B = N - 1 - A;
      localparam AW = $clog2(A + 1);
      localparam BW = $clog2(B + 1);
      wire [AW-1:0] low;
      wire [BW-1:0] high;
      wire [CW:0]   sum;
      wire          unused_carry = sum[0];
      qnn_popcount #(.N(A), .CW(AW)) low_half (.bits(bits[A-1:0]), .count(low));
      qnn_popcount #(.N(B), .CW(BW)) high_half (.bits(bits[A+B-1:A]), .count(high));
      assign sum = {{(CW-AW){1'b0}}, low, 1'b1} + {{(CW-BW){1'b0}}, high, bits[N-1]};
      assign count = sum[CW:1];
    end
  endgenerate

`ifdef FORMAL
  // The definition: add the bits one by one.
  integer i;
  reg [CW-1:0] plain;
  always @* begin
    plain = {CW{1'b0}};
    for (i = 0; i < N; i = i + 1) plain = plain + {{(CW-1){1'b0}}, bits[i]};
    assert (count == plain);
  end
`endif
endmodule

`default_nettype wire
