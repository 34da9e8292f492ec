// qnn_concat: channels of two streams, position by position: C0 elements of s0, then C1 of s1.
//
// C0/LANES beats of s0, then C1/LANES of s1, again and again; LANES divides both. Latency 1, one beat a cycle. m_* are
// registers; s0_ready and s1_ready depend on m_ready.
`default_nettype none

module qnn_concat #(
  parameter ELEM = 2,                             // bits of an element
  parameter C0 = 8,                               // channels of s0, a multiple of LANES
  parameter C1 = 4,                               // channels of s1, a multiple of LANES
  parameter LANES = 4                             // elements a beat, >= 1
) (
  input  wire                  clk,
  input  wire                  rst,
  input  wire                  s0_valid,
  output wire                  s0_ready,
  input  wire [LANES*ELEM-1:0] s0_data,
  input  wire                  s1_valid,
  output wire                  s1_ready,
  input  wire [LANES*ELEM-1:0] s1_data,
  output wire                  m_valid,
  input  wire                  m_ready,
  output wire [LANES*ELEM-1:0] m_data
);
  localparam B0 = C0 / LANES;
  localparam BEATS = B0 + C1 / LANES;
  localparam BW = BEATS > 1 ? $clog2(BEATS) : 1;
  localparam BLAST = BEATS - 1;

  generate
    if (ELEM < 1 || LANES < 1 || C0 < 1 || C1 < 1 || C0 % LANES != 0 || C1 % LANES != 0) begin : check
      qnn_error_concat_lanes_do_not_divide_the_channels stop ();
    end
  endgenerate

  reg                   valid_reg;
  reg  [BW-1:0]         beat;
  reg  [LANES*ELEM-1:0] data_reg;
  wire                  second = beat >= B0[BW-1:0];
  wire                  en = ~valid_reg | m_ready;
  wire                  valid = second ? s1_valid : s0_valid;

  always @(posedge clk)
    if (rst) begin
      valid_reg <= 1'b0;
      beat <= {BW{1'b0}};
    end else if (en) begin
      valid_reg <= valid;
      if (valid) beat <= beat == BLAST[BW-1:0] ? {BW{1'b0}} : beat + 1'b1;
    end
  always @(posedge clk) if (en) data_reg <= second ? s1_data : s0_data;

  assign s0_ready = en & ~second & ~rst;
  assign s1_ready = en & second & ~rst;
  assign m_valid = valid_reg;
  assign m_data = data_reg;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset (tests/formal/qnn_check_stable.v); C0/LANES beats of s0
  // in turn with C1/LANES of s1.
  qnn_check_stable #(.WIDTH(LANES * ELEM)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
  reg armed = 1'b0;
  reg [7:0] count_0 = 8'd0, count_1 = 8'd0;       // of the position
  wire take_0 = s0_valid & s0_ready, take_1 = s1_valid & s1_ready;
  wire position_last = take_1 & count_1 == C1 / LANES - 1;
  always @(posedge clk) begin
    armed <= armed | rst;
    count_0 <= rst | position_last ? 8'd0 : count_0 + {7'd0, take_0};
    count_1 <= rst | position_last ? 8'd0 : count_1 + {7'd0, take_1};
  end
  always @*
    if (armed) begin
      if (take_0) assert (count_0 < C0 / LANES && count_1 == 8'd0);
      if (take_1) assert (count_0 == C0 / LANES);
    end
`endif
endmodule

`default_nettype wire
