// qnn_window under any traffic, against its definition: what leaves in the first two frames after a reset. One input
// element, any of both frames, is watched (`which`, taken from an input at the reset); whenever a tap is that element,
// it must have been taken, and it must leave; taps outside must be PAD.
`default_nettype none

module window_spec #(
  parameter C = 2,
  parameter GROUPS = 2,
  parameter H = 3,
  parameter W = 2,
  parameter KH = 2,
  parameter KW = 2,
  parameter SH = 1,
  parameter SW = 1,
  parameter PT = 1,
  parameter PL = 0,
  parameter DIL = 1,
  parameter OH = 3,
  parameter OW = 1
) (
  input wire       clk,
  input wire       s_valid,
  input wire       s_data,
  input wire       m_ready,
  input wire [7:0] choice
);
  localparam IN = H * W * C, TAPS = KH * KW, DEPTH = C / GROUPS, OUT = OH * OW * C * TAPS;

  reg        rst = 1'b1, element = 1'b0;
  reg  [7:0] which = 8'd0, taken = 8'd0, given = 8'd0;
  wire       s_ready, m_valid, m_data;
  qnn_window #(
    .ELEM(1), .C(C), .GROUPS(GROUPS), .LANES(1), .H(H), .W(W), .KH(KH), .KW(KW), .SH(SH), .SW(SW),
    .PT(PT), .PL(PL), .DIL(DIL), .OH(OH), .OW(OW), .PAD(1)
  ) unit (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
    .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));

  always @(posedge clk) begin
    rst <= 1'b0;
    if (rst) which <= choice;
    if (!rst && s_valid && s_ready && taken < 2 * IN) begin
      taken <= taken + 8'd1;
      if (taken == which) element <= s_data;
    end
    if (!rst && m_valid && m_ready && given < 2 * OUT) given <= given + 8'd1;
  end

  // The place of beat `given` in its frame, digit by digit: (oh, ow, group, kh, kw, c).
  integer beat, c, kw, kh, group, ow, oh, row, column, index;
  always @* begin
    beat = given < OUT ? given : given - OUT;
    c = beat % DEPTH;
    kw = beat / DEPTH % KW;
    kh = beat / (DEPTH * KW) % KH;
    group = beat / (DEPTH * TAPS) % GROUPS;
    ow = beat / (C * TAPS) % OW;
    oh = beat / (C * TAPS * OW);
    row = oh * SH - PT + kh * DIL;
    column = ow * SW - PL + kw * DIL;
    index = (row * W + column) * C + group * DEPTH + c + (given < OUT ? 0 : IN);
    if (!rst && m_valid && given < 2 * OUT) begin
      if (row < 0 || row >= H || column < 0 || column >= W) assert (m_data == 1'b1);
      else if (index == which) assert (taken > which && m_data == element);
    end
  end
endmodule

`default_nettype wire
