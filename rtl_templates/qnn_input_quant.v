// qnn_input_quant: code = TABLE[input], one and the same table for every element: `input -> sign`, `input ->
// quantize(...)`.
//
// The table holds the quantizer's staircase for all 2^IBITS input codes (two's complement for signed inputs), code of
// input n at n·OBITS; synthesis turns it into comparators. Latency 1, one beat a cycle; m_* are registers, s_ready
// depends on m_ready. Padding lanes are not zeroed.
`default_nettype none

module qnn_input_quant #(
  parameter IBITS = 8,                            // bits of an input element, 1..8
  parameter OBITS = 1,                            // bits of a code, 1..8
  parameter LANES = 4,                            // elements a beat, >= 1
  parameter [(1<<IBITS)*OBITS-1:0] TABLE = 0      // code of input n at n*OBITS
) (
  input  wire                   clk,
  input  wire                   rst,
  input  wire                   s_valid,
  output wire                   s_ready,
  input  wire [LANES*IBITS-1:0] s_data,
  output wire                   m_valid,
  input  wire                   m_ready,
  output wire [LANES*OBITS-1:0] m_data
);
  generate
    if (IBITS < 1 || IBITS > 8 || OBITS < 1 || OBITS > 8 || LANES < 1) begin : check
      qnn_error_input_quant_bits_or_lanes stop ();
    end
  endgenerate

  reg                    valid_reg;
  reg  [LANES*OBITS-1:0] data_reg;
  wire [LANES*OBITS-1:0] code;
  wire                   en = ~valid_reg | m_ready;

  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : lane
      assign code[i*OBITS +: OBITS] = TABLE[{{(32-IBITS){1'b0}}, s_data[i*IBITS +: IBITS]}*OBITS +: OBITS];
    end
  endgenerate

  always @(posedge clk)
    if (rst) valid_reg <= 1'b0;
    else if (en) valid_reg <= s_valid;
  always @(posedge clk) if (en) data_reg <= code;

  assign s_ready = en & ~rst;
  assign m_valid = valid_reg;
  assign m_data = data_reg;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v.
  qnn_check_stable #(.WIDTH(LANES * OBITS)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
