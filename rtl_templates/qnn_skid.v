// qnn_skid: two-word register stage that cuts the ready path.
//
// Latency 1, one word a cycle. s_ready and m_valid are registers; no combinational path from any input to any output.
`default_nettype none

module qnn_skid #(
  parameter WIDTH = 8                             // bits of a word, >= 1
) (
  input  wire             clk,
  input  wire             rst,
  input  wire             s_valid,
  output wire             s_ready,
  input  wire [WIDTH-1:0] s_data,
  output wire             m_valid,
  input  wire             m_ready,
  output wire [WIDTH-1:0] m_data
);
  generate
    if (WIDTH < 1) begin : check
      qnn_error_skid_needs_a_width stop ();
    end
  endgenerate

  reg             ready_reg, valid_reg;
  reg [WIDTH-1:0] data_reg, spare_reg;
  wire            move = m_ready | ~valid_reg;

  // The spare word is in use exactly when ready_reg is low and valid_reg is high.
  always @(posedge clk)
    if (rst) begin
      ready_reg <= 1'b0;
      valid_reg <= 1'b0;
    end else begin
      ready_reg <= move | (ready_reg & ~s_valid);
      if (move) valid_reg <= (valid_reg & ~ready_reg) | (ready_reg & s_valid);
    end

  always @(posedge clk) begin
    if (ready_reg) spare_reg <= s_data;
    if (move) data_reg <= ready_reg ? s_data : spare_reg;
  end

  assign s_ready = ready_reg;
  assign m_valid = valid_reg;
  assign m_data = data_reg;

`ifdef FORMAL
  // Every word once, in order, unchanged, within one cycle; see tests/formal/qnn_check_queue.v.
  qnn_check_queue #(.WIDTH(WIDTH), .CAPACITY(2), .LATENCY(1)) check_queue (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .m_valid(m_valid), .m_ready(m_ready),
    .m_data(m_data));
`endif
endmodule

`default_nettype wire
