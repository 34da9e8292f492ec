// qnn_recode: every third bit becomes the parity of its triple: coded[3t+2] = plain[3t] ^ plain[3t+1] ^ plain[3t+2].
//
// What qnn_dot_sign_recoded reads. Done before an input is stored for replay: once, and no row sees it. Combinational.
`default_nettype none

module qnn_recode #(
  parameter SIMD = 16                             // bits of a beat, >= 1; SIMD % 3 last bits stay as they are
) (
  input  wire [SIMD-1:0] plain,
  output wire [SIMD-1:0] coded
);
  genvar i;
  generate
    for (i = 0; i < SIMD; i = i + 1) begin : input_bit
      if (i % 3 == 2) begin : parity
        assign coded[i] = plain[i-2] ^ plain[i-1] ^ plain[i];
      end else begin : kept
        assign coded[i] = plain[i];
      end
    end
  endgenerate
endmodule

`default_nettype wire
