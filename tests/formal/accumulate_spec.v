// qnn_accumulate under any traffic, against its definition: sums over three positions of two blocks, one lane of two
// bits.
`default_nettype none

module accumulate_spec #(
  parameter SIGNED = 0
) (
  input wire       clk,
  input wire       s_valid,
  input wire [1:0] s_data,
  input wire       m_ready
);
  reg        rst = 1'b1, block = 1'b0;
  reg  [1:0] position = 2'd0;
  reg  [3:0] sum_0 = 4'd0, sum_1 = 4'd0, due_0 = 4'd0, due_1 = 4'd0;
  reg  [1:0] pending = 2'd0;                      // sums that must still leave; due_0 first
  wire       s_ready, m_valid;
  wire [3:0] m_data;
  qnn_accumulate #(.ELEM(2), .OBITS(4), .LANES(1), .BLOCKS(2), .COUNT(3), .SIGNED(SIGNED)) unit (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
    .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));

  wire       take = !rst & s_valid & s_ready, give = !rst & m_valid & m_ready;
  wire [3:0] wide = {{2{SIGNED != 0 && s_data[1]}}, s_data};
  wire [3:0] sum = (position == 2'd0 ? 4'd0 : block ? sum_1 : sum_0) + wide;
  wire       finish = take & position == 2'd2;
  wire [1:0] kept = pending - {1'b0, give};
  always @(posedge clk) begin
    rst <= 1'b0;
    if (take) begin
      block <= ~block;
      if (block) position <= position == 2'd2 ? 2'd0 : position + 2'd1;
      if (block) sum_1 <= sum;
      else sum_0 <= sum;
    end
    pending <= kept + {1'b0, finish};
    if (give) due_0 <= due_1;
    if (finish & kept == 2'd0) due_0 <= sum;
    if (finish & kept == 2'd1) due_1 <= sum;
  end

  always @* begin
    if (!rst) begin
      assert (pending <= 2'd2);
      if (m_valid) assert (pending != 2'd0 && m_data == due_0);
    end
  end
endmodule

`default_nettype wire
