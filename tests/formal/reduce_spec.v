// qnn_reduce under any traffic, against its definition: the largest (or smallest, channel by channel) of TAPS two-bit
// elements, one lane, two blocks, or their sum.
`default_nettype none

module reduce_spec #(
  parameter TAPS = 3,
  parameter OP = 0,
  parameter SIGNED = 0
) (
  input wire       clk,
  input wire       s_valid,
  input wire [1:0] s_data,
  input wire       m_ready
);
  localparam OBITS = OP == 0 ? 2 : 4;
  localparam [1:0] MASK = 2'b10;

  reg              rst = 1'b1, block = 1'b0, full = 1'b0;
  reg  [1:0]       count = 2'd0;
  // The elements of the beat being combined, then of the beat that must leave.
  reg  [2*TAPS-1:0] x = 0;
  wire             s_ready, m_valid;
  wire [OBITS-1:0] m_data;
  qnn_reduce #(
    .ELEM(2), .OBITS(OBITS), .LANES(1), .TAPS(TAPS), .BLOCKS(2), .OP(OP), .SIGNED(SIGNED), .MASK(MASK)
  ) unit (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
    .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));

  wire take = !rst & s_valid & s_ready, give = !rst & m_valid & m_ready;
  always @(posedge clk) begin
    rst <= 1'b0;
    if (take) begin
      x[count*2 +: 2] <= s_data;
      count <= count == TAPS - 1 ? 2'd0 : count + 2'd1;
    end
    full <= (take & count == TAPS - 1) | (full & ~give);
    if (give) block <= ~block;
  end

  integer i, value, result;
  always @* begin
    result = 0;
    for (i = 0; i < TAPS; i = i + 1) begin
      value = SIGNED && x[2*i+1] ? x[2*i +: 2] - 4 : x[2*i +: 2];
      if (OP != 0) result = result + value;
      else if (i == 0 || (MASK[block] ? value < result : value > result)) result = value;
    end
    if (!rst) begin
      assert (m_valid == full);
      if (m_valid) assert (m_data == result[OBITS-1:0]);
    end
  end
endmodule

`default_nettype wire
