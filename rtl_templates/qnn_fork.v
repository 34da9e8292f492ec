// qnn_fork: one stream to two consumers: each beat goes exactly once to each, who take it when they like.
//
// The next beat enters when both have taken the one before, or take it now. Latency 1, one beat a cycle while neither
// pauses. m0_* and m1_* are registers; s_ready depends on both readies. Whoever joins the branches again needs a
// qnn_fifo in the shorter one.
`default_nettype none

module qnn_fork #(
  parameter WIDTH = 8                             // bits of a word, >= 1
) (
  input  wire             clk,
  input  wire             rst,
  input  wire             s_valid,
  output wire             s_ready,
  input  wire [WIDTH-1:0] s_data,
  output wire             m0_valid,
  input  wire             m0_ready,
  output wire [WIDTH-1:0] m0_data,
  output wire             m1_valid,
  input  wire             m1_ready,
  output wire [WIDTH-1:0] m1_data
);
  generate
    if (WIDTH < 1) begin : check
      qnn_error_fork_needs_a_width stop ();
    end
  endgenerate

  reg             valid_0, valid_1;
  reg [WIDTH-1:0] data_reg;
  wire            kept_0 = valid_0 & ~m0_ready;
  wire            kept_1 = valid_1 & ~m1_ready;
  wire            en = ~kept_0 & ~kept_1;

  always @(posedge clk)
    if (rst) begin
      valid_0 <= 1'b0;
      valid_1 <= 1'b0;
    end else begin
      valid_0 <= kept_0 | (en & s_valid);
      valid_1 <= kept_1 | (en & s_valid);
    end
  always @(posedge clk) if (en) data_reg <= s_data;

  assign s_ready = en & ~rst;
  assign m0_valid = valid_0;
  assign m1_valid = valid_1;
  assign m0_data = data_reg;
  assign m1_data = data_reg;

`ifdef FORMAL
  // To each consumer every word once, in order, unchanged; see tests/formal/qnn_check_queue.v.
  qnn_check_queue #(.WIDTH(WIDTH), .CAPACITY(1), .LATENCY(1)) check_queue_0 (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .m_valid(m0_valid),
    .m_ready(m0_ready), .m_data(m0_data));
  qnn_check_queue #(.WIDTH(WIDTH), .CAPACITY(1), .LATENCY(1)) check_queue_1 (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .m_valid(m1_valid),
    .m_ready(m1_ready), .m_data(m1_data));
`endif
endmodule

`default_nettype wire
