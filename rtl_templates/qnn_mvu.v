// qnn_mvu: matrix-vector unit: control, memories and accumulators. Its datapath is outside: PE dot products of any kind
// of weights, one module each (qnn_dot_*), which the surrounding layer connects to dot_*.
//
// A channel c of the MH has S_c, the sum that its dot product makes of all inputs (its header says what that is), and
// gives
//   RAW = 0: code = S_c >= T'_c, one bit a lane;
//   RAW = 1: INIT_c + G·S_c, ACC bits signed a lane, G = 2 where BIPOLAR, else 1.
// S_c is never negative. It differs from Σ w·x by a constant of the channel, which is part of T' or INIT: README.md,
// "Datapath".
// A falling channel (code = 1 where Σ w·x < T) is stored as its negated row with threshold 1 - T.
//
// Dot products: in the cycle in which dot_x (a beat of SIMD inputs) and dot_w (the weights of PE rows, row p at
// p·SIMD·WEIGHT_BITS) are present, dot_sum (row p at p·SUM_BITS) and dot_carry (bit p) must follow combinationally:
// sum + carry = the part of S that this beat makes. The carry is for a last bit that the accumulator adds for nothing.
//
// A frame brings vectors for groups 0, 1, .., GROUPS-1 in turn, each group with its own MH rows; MW, MH, SF, NF are
// those of a group, SF = ceil(MW/SIMD), NF = ceil(MH/PE).
// Throughput: a vector every SF·NF cycles, input of the next one in parallel. First output beat SF + 3 + REGISTERED
// cycles after the first input beat was accepted, where input does not pause. s_ready is a register.
// Pipeline: 0 issue of an address | 1 operands x and w [| 1b the same again, REGISTERED] | 2 sum of one beat | 3
// accumulator. The initial value takes the place of the accumulator at the first beat of a pass. An output waiting for
// m_ready stops all stages (en), never the input.
//
// Memories (element order: lowest first): weights at (g·NF + nf)·SF + sf. Initial values at g·NF + nf, ACC bits at
// p·ACC: RAW = 0: 2^(ACC-1) - T', T' clipped to [0, S_max + 1], and the top bit of the accumulator is the code; ACC >=
// clog2(S_max + 1) + 1. RAW = 1: INIT, two's complement. cfg_we: 0 weights, 1 initial values.
// Instantiates: qnn_replay, qnn_rom.
`default_nettype none

module qnn_mvu #(
  parameter MW = 64,                              // inputs of a vector, >= 1
  parameter MH = 16,                              // channels, >= 1
  parameter SIMD = 16,                            // inputs a cycle, 1..MW
  parameter PE = 4,                               // channels a cycle, 1..MH
  parameter GROUPS = 1,                           // groups of channels that take turns, >= 1
  parameter ABITS = 1,                            // bits of an input, 1..16
  parameter BIPOLAR = 1,                          // 1: inputs are ±1 in one bit, and a raw result is INIT + 2·S
  parameter WEIGHT_BITS = 1,                      // bits of a weight, >= 1
  parameter SUM_BITS = 4,                         // bits of a dot product's sum of one beat, 1..accumulator
  parameter ACC = 8,                              // bits of the accumulator (RAW: of the result)
  parameter RAW = 0,                              // 0: one bit a channel, S >= T'; 1: the sum itself
  parameter REGISTERED = 0,                       // 1: one more register after the memories
  parameter WEIGHT_FILE = "",                     // memory image of the weights
  parameter INIT_FILE = "",                       // memory image of the initial values
  parameter WEIGHT_STYLE = 0,                     // memory of the weights: 0 tool's choice, 1 block, 2 distributed
  parameter INIT_STYLE = 0,                       // the same of the initial values
  parameter BUFFER_STYLE = 0,                     // the same of the replay buffer
  parameter CFG_AW = 1,                           // address bits of the configuration bus
  parameter CFG_DW = 1                            // data bits of the configuration bus
) (
  input  wire                              clk,
  input  wire                              rst,
  input  wire                              s_valid,
  output wire                              s_ready,
  input  wire [SIMD*ABITS-1:0]             s_data,
  output wire                              m_valid,
  input  wire                              m_ready,
  output wire [PE*(RAW != 0 ? ACC : 1)-1:0] m_data,
  output wire [SIMD*ABITS-1:0]             dot_x,
  output wire [PE*SIMD*WEIGHT_BITS-1:0]    dot_w,
  input  wire [PE*SUM_BITS-1:0]            dot_sum,
  input  wire [PE-1:0]                     dot_carry,
  input  wire [1:0]                        cfg_we,
  input  wire [CFG_AW-1:0]                 cfg_addr,
  input  wire [CFG_DW-1:0]                 cfg_data
);
  localparam SF = (MW + SIMD - 1) / SIMD;
  localparam NF = (MH + PE - 1) / PE;
  localparam BEAT_BITS = SIMD * ABITS;
  localparam WORD_BITS = PE * SIMD * WEIGHT_BITS;
  localparam FOLDS = GROUPS * NF;                 // passes of a frame
  localparam WORD_AW = SF * FOLDS > 1 ? $clog2(SF * FOLDS) : 1;
  localparam FOLD_AW = FOLDS > 1 ? $clog2(FOLDS) : 1;
  // Bipolar results are 2·S + initial value: the accumulator holds all but the lowest bit, which is the initial value's
  // own.
  localparam DOUBLED = RAW != 0 && BIPOLAR != 0 ? 1 : 0;
  localparam HELD_BITS = ACC - DOUBLED;

  generate
    if (MW < 1 || MH < 1 || SIMD < 1 || PE < 1 || GROUPS < 1 || SIMD > MW || PE > MH) begin : check_fold
      qnn_error_mvu_simd_or_pe_is_not_in_1_to_mw_or_mh stop ();
    end
    if (ABITS < 1 || ABITS > 16 || (BIPOLAR != 0 && ABITS != 1)) begin : check_activation
      qnn_error_mvu_activation_bits stop ();
    end
    if (WEIGHT_BITS < 1 || SUM_BITS < 1 || HELD_BITS < SUM_BITS) begin : check_accumulator
      qnn_error_mvu_accumulator_is_narrower_than_the_sum_of_one_beat stop ();
    end
  endgenerate

  reg                  m_valid_reg;
  wire                 en = ~m_valid_reg | m_ready;
  wire                 valid_0, first_0, last_0;
  wire [BEAT_BITS-1:0] x_0;
  wire [WORD_AW-1:0]   word_addr;
  wire [FOLD_AW-1:0]   fold_addr;
  qnn_replay #(
    .WIDTH(BEAT_BITS), .SF(SF), .NF(NF), .GROUPS(GROUPS), .STYLE(BUFFER_STYLE), .WORD_AW(WORD_AW), .FOLD_AW(FOLD_AW)
  ) replay (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .en(en),
    .valid(valid_0), .first(first_0), .last(last_0), .x(x_0), .word_addr(word_addr), .fold_addr(fold_addr));

  wire [WORD_BITS-1:0] w_0;
  qnn_rom #(
    .WIDTH(WORD_BITS), .DEPTH(SF * FOLDS), .AW(WORD_AW), .FILE(WEIGHT_FILE), .STYLE(WEIGHT_STYLE),
    .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)
  ) weights (
    .clk(clk), .en(en), .addr(word_addr), .q(w_0), .cfg_we(cfg_we[0]), .cfg_addr(cfg_addr), .cfg_data(cfg_data));

  wire               valid_1, first_1, last_1;
  wire [FOLD_AW-1:0] init_addr;
  generate
    if (REGISTERED != 0) begin : registered
      reg                 valid_reg, first_reg, last_reg;
      reg [BEAT_BITS-1:0] x_reg;
      reg [WORD_BITS-1:0] w_reg;
      reg [FOLD_AW-1:0]   fold_reg;
      always @(posedge clk)
        if (rst) valid_reg <= 1'b0;
        else if (en) valid_reg <= valid_0;
      always @(posedge clk)
        if (en) begin
          first_reg <= first_0;
          last_reg <= last_0;
          x_reg <= x_0;
          w_reg <= w_0;
          fold_reg <= fold_addr;
        end
      assign valid_1 = valid_reg;
      assign first_1 = first_reg;
      assign last_1 = last_reg;
      assign dot_x = x_reg;
      assign dot_w = w_reg;
      assign init_addr = fold_reg;
    end else begin : direct
      assign valid_1 = valid_0;
      assign first_1 = first_0;
      assign last_1 = last_0;
      assign dot_x = x_0;
      assign dot_w = w_0;
      assign init_addr = fold_addr;
    end
  endgenerate

  wire [PE*ACC-1:0] init_2;
  qnn_rom #(
    .WIDTH(PE * ACC), .DEPTH(FOLDS), .AW(FOLD_AW), .FILE(INIT_FILE), .STYLE(INIT_STYLE),
    .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)
  ) initial_values (
    .clk(clk), .en(en), .addr(init_addr), .q(init_2), .cfg_we(cfg_we[1]), .cfg_addr(cfg_addr), .cfg_data(cfg_data));

  reg valid_2, first_2, last_2;
  always @(posedge clk)
    if (rst) begin
      valid_2 <= 1'b0;
      m_valid_reg <= 1'b0;
    end else if (en) begin
      valid_2 <= valid_1;
      m_valid_reg <= valid_2 & last_2;
    end
  always @(posedge clk)
    if (en) begin
      first_2 <= first_1;
      last_2 <= last_1;
    end
  assign m_valid = m_valid_reg;

  genvar p;
  generate
    for (p = 0; p < PE; p = p + 1) begin : pe
      reg  [SUM_BITS-1:0]  sum_2;
      reg                  carry_2;
      reg  [HELD_BITS-1:0] acc;
      wire [ACC-1:0]       start = init_2[p*ACC +: ACC];
      wire [HELD_BITS-1:0] held = first_2 ? start[ACC-1:DOUBLED] : acc;
      wire [HELD_BITS:0]   next = {{(HELD_BITS-SUM_BITS){1'b0}}, sum_2, carry_2} + {held, 1'b1};
      wire                 unused_carry = next[0];
      always @(posedge clk)
        if (en) begin
          sum_2 <= dot_sum[p*SUM_BITS +: SUM_BITS];
          carry_2 <= dot_carry[p];
          if (valid_2) acc <= next[HELD_BITS:1];
        end
      if (RAW == 0) begin : code
        assign m_data[p] = acc[HELD_BITS-1];
      end else if (DOUBLED == 0) begin : whole
        assign m_data[p*ACC +: ACC] = acc;
      end else begin : doubled
        reg lowest;
        always @(posedge clk) if (en & valid_2 & first_2) lowest <= start[0];
        assign m_data[p*ACC +: ACC] = {acc, lowest};
      end
    end
  endgenerate

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v.
  qnn_check_stable #(.WIDTH(PE * (RAW != 0 ? ACC : 1))) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
