// qnn_dot_int: integer weights of 2 to 8 bits: sum + carry = S = Σ_i (m_i·x_i xor {TERM_BITS{n_i}}), m the magnitude of
// a weight and n = 1 where it is negative.
//
// The datapath of one row of qnn_mvu. A product with a negative weight enters with all TERM_BITS bits turned, as
// C - m·x with C = 2^TERM_BITS - 1: one tree adds all, nothing is subtracted, and the constants are part of the
// accumulator's initial value. With NEG negative weights: Σ w·x = S - C·NEG for unsigned x; for x = ±1 in one bit,
// Σ w·x = 2·S - 2·C·NEG - Σ w.
// w: plane 0 the SIMD bits n, then the planes of the magnitudes, lowest bit first. Where MAGNITUDE is
// 2^(WEIGHT_BITS-1), it has no separate plane: n = 1 with a magnitude of 0 represents it. Inputs past the matrix: 0.
// Combinational.
// Precondition: TERM_BITS + clog2(SIMD) <= 30.
// Instantiates: qnn_product, qnn_sum_terms.
`default_nettype none

module qnn_dot_int #(
  parameter SIMD = 16,                            // inputs, >= 1
  parameter ABITS = 4,                            // bits of an input, 1..16
  parameter WEIGHT_BITS = 4,                      // bits of a weight, 2..8
  parameter MAGNITUDE = 7,                        // largest |w|, 1..2^(WEIGHT_BITS-1)
  // bits of a product as it is added: leave it at its default
  parameter TERM_BITS = $clog2(MAGNITUDE * ((1 << ABITS) - 1) + 1),
  // bits of the sum: leave it at its default
  parameter SUM_BITS = TERM_BITS > 1 ? $clog2(SIMD * ((1 << TERM_BITS) - 1) + 1) : SIMD > 1 ? $clog2(SIMD) : 1
) (
  input  wire [SIMD*ABITS-1:0]       x,
  input  wire [SIMD*WEIGHT_BITS-1:0] w,
  output wire [SUM_BITS-1:0]         sum,
  output wire                        carry
);
  localparam PLANES = WEIGHT_BITS - 1;            // of the magnitudes
  localparam FULL = MAGNITUDE == 1 << PLANES ? 1 : 0;
  localparam MAGNITUDE_BITS = PLANES + FULL;
  localparam PRODUCT_BITS = ABITS + MAGNITUDE_BITS;

  wire [SIMD*TERM_BITS-1:0] term;
  genvar i, j;
  generate
    if (ABITS < 1 || ABITS > 16 || WEIGHT_BITS < 2 || WEIGHT_BITS > 8 || MAGNITUDE < 1 || MAGNITUDE > 1 << PLANES ||
        TERM_BITS + $clog2(SIMD) > 30) begin : check
      qnn_error_dot_int_bits_or_magnitude stop ();
    end
    for (i = 0; i < SIMD; i = i + 1) begin : element
      wire [PLANES-1:0]         stored;
      wire [MAGNITUDE_BITS-1:0] magnitude;
      for (j = 0; j < PLANES; j = j + 1) begin : plane
        assign stored[j] = w[(j+1)*SIMD+i];
      end
      if (FULL != 0) begin : least
        assign magnitude = {w[i] & ~(|stored), stored};
      end else begin : symmetric
        assign magnitude = stored;
      end
      wire [PRODUCT_BITS-1:0]   product;
      qnn_product #(.ABITS(ABITS), .BBITS(MAGNITUDE_BITS)) multiply (
        .a(x[i*ABITS +: ABITS]), .b(magnitude), .product(product));
      assign term[i*TERM_BITS +: TERM_BITS] = product[TERM_BITS-1:0] ^ {TERM_BITS{w[i]}};
      wire unused_product = &{1'b0, product};
    end
  endgenerate
  qnn_sum_terms #(.N(SIMD), .WIDTH(TERM_BITS)) total (.terms(term), .sum(sum), .carry(carry));

`ifdef FORMAL
  // The definition: signed weights times unsigned inputs, and the constant of the negative ones.
  integer k, bit_index, value;
  reg [SUM_BITS:0] plain;
  always @* begin
    plain = 0;
    for (k = 0; k < SIMD; k = k + 1) begin
      value = 0;
      for (bit_index = 0; bit_index < PLANES; bit_index = bit_index + 1)
        if (w[(bit_index+1)*SIMD+k]) value = value + (1 << bit_index);
      if (FULL == 0) assume (value <= MAGNITUDE);
      else if (w[k] && value == 0) value = MAGNITUDE;
      if (w[k]) plain = plain + ((1 << TERM_BITS) - 1) - value * x[k*ABITS +: ABITS];
      else plain = plain + value * x[k*ABITS +: ABITS];
    end
    assert ({1'b0, sum} + {{SUM_BITS{1'b0}}, carry} == plain);
  end
`endif
endmodule

`default_nettype wire
