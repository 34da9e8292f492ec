// qnn_fifo: first-in first-out buffer of DEPTH words plus one in the output register.
//
// Latency 2 when empty, one word a cycle. s_ready, m_valid and m_data are registers: the memory is read into the output
// register, which serves block and distributed memory alike. A word is read at the earliest one cycle after it was
// written, so the memory needs no read-during-write rule.
// With QNN_WATERMARK a simulation prints how full it gets.
// Instantiates: qnn_ram.
`default_nettype none

module qnn_fifo #(
  parameter WIDTH = 8,                            // bits of a word, >= 1
  parameter DEPTH = 16,                           // words that it holds, >= 1; one more is in the output register
  parameter STYLE = 0                             // memory: 0 tool's choice, 1 block, 2 distributed
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
  localparam AW = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam CW = $clog2(DEPTH + 1);
  localparam LAST = DEPTH - 1;

  generate
    if (WIDTH < 1 || DEPTH < 1 || STYLE < 0 || STYLE > 2) begin : check
      qnn_error_fifo_width_depth_or_style stop ();
    end
  endgenerate

  reg  [AW-1:0] write_addr, read_addr;
  reg  [CW-1:0] used;
  reg           ready_reg, valid_reg;
  wire          write = s_valid & ready_reg;
  wire          read = (used != {CW{1'b0}}) & (~valid_reg | m_ready);
  wire [CW-1:0] used_next = used + {{(CW-1){1'b0}}, write} - {{(CW-1){1'b0}}, read};

  always @(posedge clk)
    if (rst) begin
      write_addr <= {AW{1'b0}};
      read_addr <= {AW{1'b0}};
      used <= {CW{1'b0}};
      ready_reg <= 1'b0;
      valid_reg <= 1'b0;
    end else begin
      if (write) write_addr <= write_addr == LAST[AW-1:0] ? {AW{1'b0}} : write_addr + 1'b1;
      if (read) read_addr <= read_addr == LAST[AW-1:0] ? {AW{1'b0}} : read_addr + 1'b1;
      used <= used_next;
      ready_reg <= used_next != DEPTH[CW-1:0];
      if (read | m_ready) valid_reg <= read;
    end

  qnn_ram #(.WIDTH(WIDTH), .DEPTH(DEPTH), .AW(AW), .STYLE(STYLE)) words (
    .clk(clk), .we(write), .waddr(write_addr), .wdata(s_data), .re(read), .raddr(read_addr), .q(m_data));

  assign s_ready = ready_reg;
  assign m_valid = valid_reg;

`ifdef QNN_WATERMARK
  // Simulation: the most words that were in the memory at one time, whenever that rises.
  integer most = 0;
  always @(posedge clk)
    if (~rst & ({{(32-CW){1'b0}}, used_next} > most)) begin
      most = {{(32-CW){1'b0}}, used_next};
      $display("watermark %0d of %m", most);
    end
`endif

`ifdef FORMAL
  // Every word once, in order, unchanged, within two cycles; see tests/formal/qnn_check_queue.v.
  qnn_check_queue #(.WIDTH(WIDTH), .CAPACITY(DEPTH + 1), .LATENCY(2)) check_queue (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .m_valid(m_valid), .m_ready(m_ready),
    .m_data(m_data));
`endif
endmodule

`default_nettype wire
