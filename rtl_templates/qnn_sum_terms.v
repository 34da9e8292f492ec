// qnn_sum_terms: sum + carry = Σ terms: N numbers of WIDTH bits, added for an accumulator that has a free carry-in.
//
// One-bit terms are counted but for the last one, which is the carry: a tree of 2^n - 1 bits is perfect. Wider ones go
// through an adder tree, and carry is 0. Combinational.
// Instantiates: qnn_adder_tree, qnn_popcount.
`default_nettype none

module qnn_sum_terms #(
  parameter N = 16,                               // terms, >= 1
  parameter WIDTH = 1,                            // bits of a term, >= 1
  // bits of the sum: leave it at its default
  parameter SUM_BITS = WIDTH > 1 ? $clog2(N * ((1 << WIDTH) - 1) + 1) : N > 1 ? $clog2(N) : 1
) (
  input  wire [N*WIDTH-1:0]  terms,
  output wire [SUM_BITS-1:0] sum,
  output wire                carry
);
  generate
    if (WIDTH > 1) begin : wide
      qnn_adder_tree #(.N(N), .WIDTH(WIDTH)) tree (.values(terms), .sum(sum));
      assign carry = 1'b0;
    end else if (N > 1) begin : bits
      qnn_popcount #(.N(N - 1)) tree (.bits(terms[N-2:0]), .count(sum));
      assign carry = terms[N-1];
    end else begin : single
      assign sum = 1'b0;
      assign carry = terms;
    end
  endgenerate
endmodule

`default_nettype wire
