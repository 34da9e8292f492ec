// qnn_window_parallel under any traffic, against its definition: what leaves in the first two frames after a reset. One
// input element, any of both frames, is watched, as in window_spec.
`default_nettype none

module window_parallel_spec #(
  parameter C = 1,
  parameter H = 2,
  parameter W = 2,
  parameter KH = 2,
  parameter KW = 2,
  parameter SH = 1,
  parameter SW = 1,
  parameter PT = 1,
  parameter PL = 1,
  parameter DIL = 1,
  parameter OH = 2,
  parameter OW = 2
) (
  input wire       clk,
  input wire       s_valid,
  input wire       s_data,
  input wire       m_ready,
  input wire [7:0] choice
);
  localparam IN = H * W * C, TAPS = KH * KW, OUT = OH * OW * C;

  reg        rst = 1'b1, element = 1'b0;
  reg  [7:0] which = 8'd0, taken = 8'd0, given = 8'd0;
  wire       s_ready, m_valid;
  wire [TAPS-1:0] m_data;
  qnn_window_parallel #(
    .ELEM(1), .C(C), .LANES(1), .H(H), .W(W), .KH(KH), .KW(KW), .SH(SH), .SW(SW),
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

  integer k, beat, c, ow, oh, row, column, index;
  always @* begin
    beat = given < OUT ? given : given - OUT;
    c = beat % C;
    ow = beat / C % OW;
    oh = beat / (C * OW);
    for (k = 0; k < TAPS; k = k + 1) begin
      row = oh * SH - PT + k / KW * DIL;
      column = ow * SW - PL + k % KW * DIL;
      index = (row * W + column) * C + c + (given < OUT ? 0 : IN);
      if (!rst && m_valid && given < 2 * OUT) begin
        if (row < 0 || row >= H || column < 0 || column >= W) assert (m_data[k] == 1'b1);
        else if (index == which) assert (taken > which && m_data[k] == element);
      end
    end
  end
endmodule

`default_nettype wire
