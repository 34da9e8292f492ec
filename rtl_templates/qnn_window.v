// qnn_window: sliding window, one tap a cycle: the input vectors of a convolution or pool, from a stream of pixels.
//
// Input: H·W·(C/LANES) beats a frame, order (h, w, c). Output: OH·OW·GROUPS·KH·KW·(C/GROUPS/LANES) beats a frame, order
// (oh, ow, group, kh, kw, c within the group): the tap at row oh·SH - PT + kh·DIL, column ow·SW - PL + kw·DIL; PAD in
// every element of a tap outside the input. Padding below and at the right follows from OH and OW.
// Period: exactly max(input beats, output beats) cycles a frame where the neighbours do not pause: reading and writing
// go on side by side, across frames too. First output beat 3 cycles after the last beat of the rows that its window row
// needs was accepted; from there on one a cycle.
// Line buffer: ROWS rows of W·C elements; see qnn_line_buffer for ROWS (3×3, stride 1, padding 1: 4; no padding: 6;
// 2×2, stride 2: 4).
// m_* are registers; s_ready depends on registers only.
// Preconditions: LANES divides C/GROUPS; a window lies in the padding neither entirely above or left of the input (PT <
// (KH-1)·DIL + 1) nor entirely below or right of it.
// Instantiates: qnn_in_range, qnn_line_buffer.
`default_nettype none

module qnn_window #(
  parameter ELEM = 1,                             // bits of an element, >= 1
  parameter C = 8,                                // channels
  parameter GROUPS = 1,                           // groups of channels, played one after the other; divides C/LANES
  parameter LANES = 4,                            // elements a beat in and a tap; divides C/GROUPS
  parameter H = 8,                                // rows of the input
  parameter W = 8,                                // columns of the input
  parameter KH = 3,                               // rows of a window
  parameter KW = 3,                               // columns of a window
  parameter SH = 1,                               // stride along a column, >= 1
  parameter SW = 1,                               // stride along a row, >= 1
  parameter PT = 1,                               // rows of padding above, 0..(KH-1)*DIL
  parameter PL = 1,                               // columns of padding at the left, 0..(KW-1)*DIL
  parameter DIL = 1,                              // dilation: distance of the taps, >= 1
  parameter OH = 8,                               // rows of the output
  parameter OW = 8,                               // columns of the output
  parameter PAD = 0,                              // code of a tap outside the input, ELEM bits
  parameter STYLE = 0                             // memory: 0 tool's choice, 1 block, 2 distributed
) (
  input  wire                  clk,
  input  wire                  rst,
  input  wire                  s_valid,
  output wire                  s_ready,
  input  wire [LANES*ELEM-1:0] s_data,
  output wire                  m_valid,
  input  wire                  m_ready,
  output wire [LANES*ELEM-1:0] m_data
);
  localparam CB = C / LANES;                      // beats a pixel
  localparam CG = CB / GROUPS;                    // beats a tap
  localparam ROWW = W * CB;
  localparam POS_BITS = ROWW > 1 ? $clog2(ROWW) : 1;
  localparam SPAN = (KW - 1) * DIL + 1;
  localparam CW = CG > 1 ? $clog2(CG) : 1;
  localparam CLAST = CG - 1;
  localparam XW = SPAN > 1 ? $clog2(SPAN) : 1;
  localparam XLAST = SPAN - 1;
  localparam GW = GROUPS > 1 ? $clog2(GROUPS) : 1;
  localparam GLAST = GROUPS - 1;
  localparam LEFT = (OW - 1) * SW;
  localparam MOST = LEFT + SPAN - 1 > PL + W ? LEFT + SPAN - 1 : PL + W;
  localparam LW = $clog2(MOST + 1);
  // Moves of the place within a row, which stays a number modulo 2^POS_BITS while it is outside.
  localparam TO_TAP = DIL * CB - CLAST;
  localparam TO_TAPS = -XLAST * CB - CLAST;
  localparam TO_GROUP = TO_TAPS + CG;
  localparam TO_WINDOW = TO_TAPS - GLAST * CG + SW * CB;
  localparam START = -PL * CB;

  generate
    if (ELEM < 1 || ELEM > 32 || (ELEM < 32 && PAD >> ELEM != 0)) begin : check_element
      qnn_error_window_padding_is_no_code stop ();
    end
    if (C < 1 || LANES < 1 || GROUPS < 1 || C % GROUPS != 0 || C / GROUPS % LANES != 0) begin : check_channels
      qnn_error_window_lanes_do_not_divide_the_channels_of_a_group stop ();
    end
    if (H < 1 || W < 1 || KH < 1 || KW < 1 || SH < 1 || SW < 1 || DIL < 1 || OH < 1 || OW < 1) begin : check_sizes
      qnn_error_window_sizes stop ();
    end
    if (PT < 0 || PL < 0 || PT > (KH - 1) * DIL || PL > XLAST || (OH - 1) * SH >= PT + H ||
        LEFT >= PL + W) begin : check_padding
      qnn_error_window_lies_in_the_padding stop ();
    end
  endgenerate

  reg                 valid_1, present_1, valid_2;
  reg  [LW-1:0]       left;                       // the window's first column, counted from the padding's first
  reg  [XW-1:0]       x;                          // of the tap, after the window's first column
  reg  [CW-1:0]       c;
  reg  [GW-1:0]       group;
  reg  [POS_BITS-1:0] pos;
  wire                ready, row_present, column_present, tap_last;
  wire                en = ~valid_2 | m_ready;
  wire                go = en & ready;
  wire                c_last = c == CLAST[CW-1:0];
  wire                x_last = c_last & (x == XLAST[XW-1:0]);
  wire                y_last = x_last & tap_last;
  wire                group_last = y_last & (group == GLAST[GW-1:0]);
  wire                left_last = group_last & (left == LEFT[LW-1:0]);
  wire [POS_BITS-1:0] move = ~c_last      ? {{(POS_BITS-1){1'b0}}, 1'b1}
                       : ~x_last     ? TO_TAP[POS_BITS-1:0]
                       : ~y_last     ? TO_TAPS[POS_BITS-1:0]
                       : ~group_last ? TO_GROUP[POS_BITS-1:0]
                                     : TO_WINDOW[POS_BITS-1:0];

  always @(posedge clk)
    if (rst) begin
      c <= {CW{1'b0}};
      x <= {XW{1'b0}};
      group <= {GW{1'b0}};
      left <= {LW{1'b0}};
      pos <= START[POS_BITS-1:0];
    end else if (go) begin
      c <= c_last ? {CW{1'b0}} : c + 1'b1;
      if (c_last) x <= x_last ? {XW{1'b0}} : x + DIL[XW-1:0];
      if (y_last) group <= group_last ? {GW{1'b0}} : group + 1'b1;
      if (group_last) left <= left_last ? {LW{1'b0}} : left + SW[LW-1:0];
      pos <= left_last ? START[POS_BITS-1:0] : pos + move;
    end

  wire [LW-1:0]         column = left + {{(LW-XW){1'b0}}, x};
  wire [LANES*ELEM-1:0] q_1;
  reg  [LANES*ELEM-1:0] data_2;
  qnn_in_range #(.WIDTH(LW), .LOW(PL), .SIZE(W), .MOST(LEFT + SPAN - 1)) exists (
    .value(column), .present(column_present));
  qnn_line_buffer #(
    .WIDTH(LANES * ELEM), .ROWW(ROWW), .H(H), .KH(KH), .SH(SH), .PT(PT), .DIL(DIL), .OH(OH),
    .CYCLES(OW * GROUPS * KH * KW * CG), .STYLE(STYLE)
  ) rows (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .ready(ready),
    .re(go & column_present), .pos(pos),
    .tap_done(go & x_last), .row_done(go & left_last), .tap_last(tap_last), .present(row_present), .q(q_1));

  always @(posedge clk)
    if (rst) begin
      valid_1 <= 1'b0;
      valid_2 <= 1'b0;
    end else if (en) begin
      valid_1 <= ready;
      valid_2 <= valid_1;
    end
  always @(posedge clk)
    if (en) begin
      present_1 <= row_present & column_present;
      data_2 <= present_1 ? q_1 : {LANES{PAD[ELEM-1:0]}};
    end
  assign m_valid = valid_2;
  assign m_data = data_2;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v. What comes out:
  // tests/formal/window_spec.v.
  qnn_check_stable #(.WIDTH(LANES * ELEM)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
