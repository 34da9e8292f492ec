// qnn_column: reduces N bits of equal weight to one bit of that weight and (N-1)/2 carries of twice the weight: Σ bits
// = one + 2·Σ twos.
//
// Full adders in plain logic, three bits at a time, level by level. Combinational. N odd, at least 3.
`default_nettype none

module qnn_column #(
  parameter N = 3                                 // bits, odd, >= 3
) (
  input  wire [N-1:0]       bits,
  output wire               one,
  output wire [(N-1)/2-1:0] twos
);
  localparam ADDERS = N / 3;
  localparam REST = N - 2 * ADDERS;               // bits of the next level, odd again
  wire [REST-1:0] rest;
  genvar i;
  generate
    if (N < 3 || N % 2 == 0) begin : check
      qnn_error_column_needs_an_odd_number_of_bits stop ();
    end
    for (i = 0; i < ADDERS; i = i + 1) begin : adder
      assign rest[i] = bits[3*i] ^ bits[3*i+1] ^ bits[3*i+2];
      assign twos[i] = (bits[3*i] & bits[3*i+1]) | (bits[3*i] & bits[3*i+2]) | (bits[3*i+1] & bits[3*i+2]);
    end
    for (i = ADDERS; i < REST; i = i + 1) begin : left_over
      assign rest[i] = bits[2*ADDERS+i];
    end
    if (REST > 1 && ADDERS > 0) begin : deeper
      qnn_column #(.N(REST)) level (.bits(rest), .one(one), .twos(twos[(N-1)/2-1:ADDERS]));
    end else begin : done
      assign one = rest[0];
    end
  endgenerate
endmodule

`default_nettype wire
