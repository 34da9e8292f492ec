// The matrix-vector unit with weights ±1, 8 inputs × 4 channels at SIMD 4, PE 2, under any traffic: the first two
// vectors after a reset give the codes of the plain sums. Images: weights.hex and init.hex beside it, written by
// check_formal from the same rows.
`default_nettype none

module mvu_8x4 #(
  parameter RECODE = 0                            // 1: recoded inputs and weights
) (
  input wire       clk,
  input wire       s_valid,
  input wire [3:0] s_data,
  input wire       m_ready
);
  // Row c: weights, bit i = 1 for +1; thresholds on Σ w·x.
  localparam [31:0] ROWS = {8'b00000000, 8'b11110101, 8'b00110110, 8'b10010011};
  localparam signed [4:0] T0 = 0, T1 = 2, T2 = -3, T3 = 9;

  reg        rst = 1'b1;
  reg [2:0]  taken = 3'd0, given = 3'd0;
  reg [15:0] x;
  wire       s_ready, m_valid;
  wire [1:0] m_data;

  wire [3:0] beat, dot_x, dot_sum;
  wire [7:0] dot_w;
  wire [1:0] dot_carry;
  qnn_mvu #(
    .MW(8), .MH(4), .SIMD(4), .PE(2), .WEIGHT_BITS(1), .SUM_BITS(2), .ACC(5),
    .WEIGHT_FILE("weights.hex"), .INIT_FILE("init.hex")
  ) unit (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(beat),
    .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data),
    .dot_x(dot_x), .dot_w(dot_w), .dot_sum(dot_sum), .dot_carry(dot_carry),
    .cfg_we(2'b00), .cfg_addr(1'b0), .cfg_data(1'b0));
  genvar p;
  generate
    if (RECODE != 0) begin : recoded
      qnn_recode #(.SIMD(4)) recoder (.plain(s_data), .coded(beat));
    end else begin : plain
      assign beat = s_data;
    end
    for (p = 0; p < 2; p = p + 1) begin : rows
      if (RECODE != 0) begin : recoded
        qnn_dot_sign_recoded #(.SIMD(4)) dot (
          .x(dot_x), .w(dot_w[p*4 +: 4]), .sum(dot_sum[p*2 +: 2]), .carry(dot_carry[p]));
      end else begin : plain
        qnn_dot_sign #(.SIMD(4), .ABITS(1)) dot (
          .x(dot_x), .w(dot_w[p*4 +: 4]), .sum(dot_sum[p*2 +: 2]), .carry(dot_carry[p]));
      end
    end
  endgenerate

  always @(posedge clk) begin
    rst <= 1'b0;
    if (!rst && s_valid && s_ready && taken < 3'd4) begin
      x[taken[1:0]*4 +: 4] <= s_data;
      taken <= taken + 3'd1;
    end
    if (!rst && m_valid && m_ready && given < 3'd4) given <= given + 3'd1;
  end

  function code(input [7:0] row, input [7:0] bits, input signed [4:0] threshold);
    integer i;
    reg signed [4:0] sum;
    begin
      sum = 0;
      for (i = 0; i < 8; i = i + 1) sum = row[i] == bits[i] ? sum + 5'sd1 : sum - 5'sd1;
      code = sum >= threshold;
    end
  endfunction

  wire [7:0] vector = given[1] ? x[15:8] : x[7:0];
  always @* begin
    if (!rst && m_valid && given < 3'd4) begin
      assert (taken >= (given[1] ? 3'd4 : 3'd2));
      if (given[0]) assert (m_data == {code(ROWS[31:24], vector, T3), code(ROWS[23:16], vector, T2)});
      else assert (m_data == {code(ROWS[15:8], vector, T1), code(ROWS[7:0], vector, T0)});
    end
  end
endmodule

`default_nettype wire
