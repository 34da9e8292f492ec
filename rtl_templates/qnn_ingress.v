// qnn_ingress: AXI4-Stream input to whole frames of COUNT elements.
//
// LANES elements of ELEM bits a beat, packed from bit 0 of tdata; a frame is ceil(COUNT/LANES) beats and ends with
// tlast. A short frame is filled with zeros, what a long one has too much is dropped, so that later engines always
// see whole frames. One report a frame on e_*: e_data = 1: its length was wrong; it follows the frame's last input
// beat. `error` is sticky until reset.
// m_data: padding lanes of the last beat are 0. Latency 2, one beat a cycle; s_axis_tready and all outputs are
// registers. The input waits while a report cannot be delivered.
// Instantiates: qnn_skid.
`default_nettype none

module qnn_ingress #(
  parameter ELEM = 8,                             // bits of an element
  parameter LANES = 1,                            // elements a beat, >= 1
  parameter COUNT = 784,                          // elements of a frame
  parameter DATA = 8                              // bits of tdata: whole bytes, at least LANES*ELEM
) (
  input  wire                  clk,
  input  wire                  rst,
  input  wire [DATA-1:0]       s_axis_tdata,
  input  wire                  s_axis_tvalid,
  output wire                  s_axis_tready,
  input  wire                  s_axis_tlast,
  output wire                  m_valid,
  input  wire                  m_ready,
  output wire [LANES*ELEM-1:0] m_data,
  output wire                  e_valid,
  input  wire                  e_ready,
  output wire                  e_data,
  output wire                  error
);
  localparam WIDTH = LANES * ELEM;
  localparam BEATS = (COUNT + LANES - 1) / LANES;
  localparam BW = BEATS > 1 ? $clog2(BEATS) : 1;
  localparam BLAST = BEATS - 1;
  localparam REST = COUNT - BLAST * LANES;        // elements in the last beat
  localparam [1:0] FRAME = 2'd0, FILL = 2'd1, DROP = 2'd2;

  generate
    if (ELEM < 1 || LANES < 1 || COUNT < 1 || DATA % 8 != 0 || DATA < WIDTH) begin : check
      qnn_error_ingress_elements_lanes_or_data_width stop ();
    end
  endgenerate

  wire             in_valid, in_ready, in_last;
  wire [WIDTH-1:0] in_data;
  qnn_skid #(.WIDTH(WIDTH + 1)) front (
    .clk(clk), .rst(rst), .s_valid(s_axis_tvalid), .s_ready(s_axis_tready), .s_data({s_axis_tlast,
    s_axis_tdata[WIDTH-1:0]}),
    .m_valid(in_valid), .m_ready(in_ready), .m_data({in_last, in_data}));
  wire unused_data = &{1'b0, s_axis_tdata};

  reg  [1:0]       state;
  reg  [BW-1:0]    beat;
  reg              valid_reg, report_reg, report_bad, error_reg;
  reg  [WIDTH-1:0] data_reg;
  wire             beat_last = beat == BLAST[BW-1:0];
  wire             can_push = ~valid_reg | m_ready;
  wire             can_report = ~report_reg | e_ready;
  assign in_ready = can_report & (state == DROP | (state == FRAME & can_push));
  wire             take = in_valid & in_ready;
  wire             push = can_push & (state == FILL | (state == FRAME & take));
  // A frame is judged where its last beat comes: in its place, too early, or after too many.
  wire             judge = take & in_last;
  wire             bad = state == DROP | ~beat_last;

  always @(posedge clk)
    if (rst) begin
      state <= FRAME;
      beat <= {BW{1'b0}};
      valid_reg <= 1'b0;
      report_reg <= 1'b0;
      error_reg <= 1'b0;
    end else begin
      if (can_push) valid_reg <= push;
      if (can_report) report_reg <= judge;
      if (judge & bad) error_reg <= 1'b1;
      if (push) beat <= beat_last ? {BW{1'b0}} : beat + 1'b1;
      case (state)
        FRAME: if (take & (beat_last != in_last)) state <= beat_last ? DROP : FILL;
        FILL: if (push & beat_last) state <= FRAME;
        default: if (judge) state <= FRAME;
      endcase
    end
  always @(posedge clk) if (can_report) report_bad <= bad;

  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : lane
      wire used = state == FRAME & (i < REST | ~beat_last);
      always @(posedge clk) if (can_push) data_reg[i*ELEM +: ELEM] <= in_data[i*ELEM +: ELEM] & {ELEM{used}};
    end
  endgenerate

  assign m_valid = valid_reg;
  assign m_data = data_reg;
  assign e_valid = report_reg;
  assign e_data = report_bad;
  assign error = error_reg;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v.
  qnn_check_stable #(.WIDTH(LANES * ELEM)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
