// qnn_mvu_binary: matrix-vector unit with weights ±1.
//
// S_c = Σ_i x_i xor {ABITS{~w_ci}} over the inputs i, w = 1 for +1; a channel c of the MH is computed as
//   RAW = 0: code = S_c >= T'_c, one bit a lane;   RAW = 1: INIT_c + G·S_c, ACC bits signed a lane, G = 2 where BIPOLAR, else 1.
// BIPOLAR = 1: activations ±1 in one bit: Σ w·x = 2·S - MW, so T' = ceil((T + MW)/2), INIT = -MW. BIPOLAR = 0: unsigned ABITS bits, L = 2^ABITS - 1:
// Σ w·x = S - L·NEG with NEG weights -1 in the row, so T' = T + L·NEG, INIT = -L·NEG. T' is clipped to [0, S_max + 1].
// A falling channel (code = 1 where Σ w·x < T) is stored as its negated row with threshold 1 - T.
//
// A frame brings vectors for groups 0, 1, .., GROUPS-1 in turn, each group with its own MH rows; MW, MH, SF, NF are those of a group.
// Throughput: a vector every SF·NF cycles, SF = ceil(MW/SIMD), NF = ceil(MH/PE), input of the next one in parallel. First output beat
// SF + 3 + REGISTERED cycles after the first input beat was accepted, where input does not pause.
// s_ready is a register.
// Memories (element order: lowest first): weights at (g·NF + nf)·SF + sf, bit p·SIMD + s; padding inputs: x = 0 and w = 1, so that they add
// nothing; padding channels: any. Initial values at g·NF + nf, ACC bits at p·ACC: RAW = 0: 2^(ACC-1) - T', and the top bit of
// the accumulator is the code; ACC >= clog2(S_max + 1) + 1. RAW = 1: INIT, two's complement.
// RECODE = 1 (BIPOLAR, SIMD >= 3): in each PE's SIMD bits, bit 3t+2 of the image is the parity of bits 3t .. 3t+2; see qnn_dot_recoded.
// REGISTERED = 1 puts one more register behind the memories. *_STYLE: 0 tool's choice, 1 block, 2 distributed. cfg_we: 0 weights, 1 initial values.
`default_nettype none

module qnn_mvu_binary #(
  parameter MW = 64,
  parameter MH = 16,
  parameter SIMD = 16,
  parameter PE = 4,
  parameter GROUPS = 1,
  parameter ABITS = 1,
  parameter BIPOLAR = 1,
  parameter ACC = 8,
  parameter RAW = 0,
  parameter RECODE = 0,
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
  // Recoding is done before the replay buffer: once an input bit, and no PE sees it.
  wire [SIMD*ABITS-1:0] x;
  genvar i;
  generate
    for (i = 0; i < SIMD * ABITS; i = i + 1) begin : input_bit
      if (RECODE != 0 && i % 3 == 2) begin : parity
        assign x[i] = s_data[i-2] ^ s_data[i-1] ^ s_data[i];
      end else begin : plain
        assign x[i] = s_data[i];
      end
    end
  endgenerate

  qnn_mvu_core #(
    .KIND(RECODE != 0 ? 1 : 0), .MW(MW), .MH(MH), .SIMD(SIMD), .PE(PE), .GROUPS(GROUPS), .ABITS(ABITS), .BIPOLAR(BIPOLAR), .ACC(ACC), .RAW(RAW),
    .REGISTERED(REGISTERED), .WEIGHT_FILE(WEIGHT_FILE), .INIT_FILE(INIT_FILE), .WEIGHT_STYLE(WEIGHT_STYLE), .INIT_STYLE(INIT_STYLE),
    .BUFFER_STYLE(BUFFER_STYLE), .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)
  ) core (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(x), .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data),
    .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_data(cfg_data));
endmodule

`default_nettype wire
