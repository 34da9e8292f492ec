// qnn_step: code = x >= FIRST, or with FALLS its opposite: a quantizer of one level, the same for every element.
//
// Latency 1, one beat a cycle; m_* are registers, s_ready depends on m_ready. Padding lanes are not zeroed.
`default_nettype none

module qnn_step #(
  parameter IBITS = 8,                            // bits of an input element, 1..8
  parameter LANES = 4,                            // elements a beat, >= 1
  parameter SIGNED = 0,                           // 1: elements are in two's complement
  parameter FIRST = 128,                          // least element with the upper code; above the least that IBITS hold
  parameter FALLS = 0                             // 1: the upper code is 0, not 1
) (
  input  wire                   clk,
  input  wire                   rst,
  input  wire                   s_valid,
  output wire                   s_ready,
  input  wire [LANES*IBITS-1:0] s_data,
  output wire                   m_valid,
  input  wire                   m_ready,
  output wire [LANES-1:0]       m_data
);
  localparam LEAST = SIGNED != 0 ? -(1 << (IBITS - 1)) : 0;
  localparam MOST = LEAST + (1 << IBITS) - 1;
  localparam [31:0] FROM_LEAST = FIRST - LEAST;   // the threshold on an element that is lifted to start from 0

  generate
    if (IBITS < 1 || IBITS > 8 || LANES < 1 || FIRST <= LEAST || FIRST > MOST) begin : check
      qnn_error_step_bits_lanes_or_threshold stop ();
    end
  endgenerate

  reg              valid_reg;
  reg  [LANES-1:0] data_reg;
  wire [LANES-1:0] code;
  wire             en = ~valid_reg | m_ready;

  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : lane
      wire [IBITS-1:0] element = s_data[i*IBITS +: IBITS];
      wire [IBITS-1:0] lifted = SIGNED != 0 ? element ^ {1'b1, {(IBITS-1){1'b0}}} : element;
      assign code[i] = (lifted >= FROM_LEAST[IBITS-1:0]) != (FALLS != 0);
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
  qnn_check_stable #(.WIDTH(LANES)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
