// qnn_mvu_ternary: matrix-vector unit with weights -1, 0, +1.
//
// As qnn_mvu_binary, with S_c = Σ_i nz_ci & (x_i xor {ABITS{~s_ci}}): s = 1 for +1, nz = 0 for a weight of 0. With NZ non-zero weights in the row,
// NEG of them -1, and L = 2^ABITS - 1: bipolar activations: Σ w·x = 2·S - NZ, T' = ceil((T + NZ)/2), INIT = -NZ; unsigned: Σ w·x = S - L·NEG,
// T' = T + L·NEG, INIT = -L·NEG. Falling channels, groups, throughput, latency, s_ready and initial values as there.
// Weights at (g·NF + nf)·SF + sf: 2·SIMD bits a channel at p·2·SIMD: SIMD sign bits, then SIMD non-zero bits. Padding inputs: s = 1, nz = 0.
`default_nettype none

module qnn_mvu_ternary #(
  parameter MW = 64,
  parameter MH = 16,
  parameter SIMD = 16,
  parameter PE = 4,
  parameter GROUPS = 1,
  parameter ABITS = 1,
  parameter BIPOLAR = 1,
  parameter ACC = 8,
  parameter RAW = 0,
  parameter REGISTERED = 0,
  parameter WEIGHT_FILE = "",
  parameter INIT_FILE = "",
  parameter WEIGHT_STYLE = 0,
  parameter INIT_STYLE = 0,
  parameter BUFFER_STYLE = 0,
  parameter CFG_AW = 1,
  parameter CFG_DW = 1
) (
  input  wire                              clk,
  input  wire                              rst,
  input  wire                              s_valid,
  output wire                              s_ready,
  input  wire [SIMD*ABITS-1:0]             s_data,
  output wire                              m_valid,
  input  wire                              m_ready,
  output wire [PE*(RAW != 0 ? ACC : 1)-1:0] m_data,
  input  wire [1:0]                        cfg_we,
  input  wire [CFG_AW-1:0]                 cfg_addr,
  input  wire [CFG_DW-1:0]                 cfg_data
);
  qnn_mvu_core #(
    .KIND(2), .MW(MW), .MH(MH), .SIMD(SIMD), .PE(PE), .GROUPS(GROUPS), .ABITS(ABITS), .BIPOLAR(BIPOLAR), .ACC(ACC), .RAW(RAW),
    .REGISTERED(REGISTERED), .WEIGHT_FILE(WEIGHT_FILE), .INIT_FILE(INIT_FILE), .WEIGHT_STYLE(WEIGHT_STYLE), .INIT_STYLE(INIT_STYLE),
    .BUFFER_STYLE(BUFFER_STYLE), .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)
  ) core (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data),
    .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_data(cfg_data));
endmodule

`default_nettype wire
