// tb_gate: a stream that pauses at random, SHARE sixteenths of the cycles open; for cases whose units have streams that
// the bench does not drive itself.
`timescale 1ns/1ns
module tb_gate #(
  parameter WIDTH = 8,
  parameter SEED = 1,
  parameter SHARE = 8
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
  reg [15:0] lfsr;
  reg held;
  wire open = held | ({1'b0, lfsr[3:0]} < SHARE);
  always @(posedge clk) begin
    lfsr <= rst ? SEED : {lfsr[14:0], lfsr[15] ^ lfsr[13] ^ lfsr[12] ^ lfsr[10]};
    held <= ~rst & m_valid & ~m_ready;
  end
  assign m_valid = s_valid & open;
  assign s_ready = m_ready & open;
  assign m_data = s_data;
endmodule
