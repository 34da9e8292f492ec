// qnn_threshold: code = flip ? L - count : count, where count = number of thresholds T_j <= acc L = 2^BITS - 1.
//
// Thresholds are sorted, T_1 <= ... <= T_L, so the count is found by binary search: BITS comparators a lane instead of
// L. The flip bit serves falling channels: L - count is the code with its bits inverted.
// Latency 2, one beat a cycle; m_* are registers, s_ready depends on m_ready. acc and T are signed, ACC bits; ACC must
// hold hi + 1, the threshold that no accumulator reaches.
// Groups 0, 1, .., GROUPS-1 of MH channels take turns. Memory at g·NF + nf, NF = ceil(MH/PE) (channel c = nf·PE + p of
// group g): L·ACC + 1 bits a lane at p·(L·ACC + 1): T_1 lowest, ..., T_L, flip. Padding channels: any contents.
// Instantiates: qnn_rom, qnn_search.
`default_nettype none

module qnn_threshold #(
  parameter MH = 16,                              // channels of a group
  parameter PE = 4,                               // channels a beat, 1..MH
  parameter GROUPS = 1,                           // groups of channels that take turns, >= 1
  parameter ACC = 8,                              // bits of acc and of a threshold, signed
  parameter BITS = 2,                             // bits of a code, 1..4
  parameter FILE = "",                            // memory image of thresholds and flip bits
  parameter STYLE = 0,                            // memory: 0 tool's choice, 1 block, 2 distributed
  parameter CFG_AW = 1,                           // address bits of the configuration bus
  parameter CFG_DW = 1                            // data bits of the configuration bus
) (
  input  wire               clk,
  input  wire               rst,
  input  wire               s_valid,
  output wire               s_ready,
  input  wire [PE*ACC-1:0]  s_data,
  output wire               m_valid,
  input  wire               m_ready,
  output wire [PE*BITS-1:0] m_data,
  input  wire               cfg_we,
  input  wire [CFG_AW-1:0]  cfg_addr,
  input  wire [CFG_DW-1:0]  cfg_data
);
  localparam FOLDS = GROUPS * ((MH + PE - 1) / PE); // beats of a frame
  localparam FOLD_AW = FOLDS > 1 ? $clog2(FOLDS) : 1;
  localparam FLAST = FOLDS - 1;
  localparam LEVELS = (1 << BITS) - 1;
  localparam ROW_BITS = LEVELS * ACC + 1;

  generate
    if (MH < 1 || PE < 1 || GROUPS < 1 || PE > MH || ACC < 1 || BITS < 1 || BITS > 4) begin : check
      qnn_error_threshold_channels_lanes_or_bits stop ();
    end
  endgenerate

  reg                    valid_1, valid_2;
  reg  [FOLD_AW-1:0]     fold;
  reg  [PE*ACC-1:0]      acc_1;
  reg  [PE*BITS-1:0]     code_2;
  wire [PE*BITS-1:0]     code_1;
  wire [PE*ROW_BITS-1:0] rows_1;
  wire                   en = ~valid_2 | m_ready;

  always @(posedge clk)
    if (rst) begin
      fold <= {FOLD_AW{1'b0}};
      valid_1 <= 1'b0;
      valid_2 <= 1'b0;
    end else if (en) begin
      valid_1 <= s_valid;
      valid_2 <= valid_1;
      if (s_valid) fold <= fold == FLAST[FOLD_AW-1:0] ? {FOLD_AW{1'b0}} : fold + 1'b1;
    end
  always @(posedge clk)
    if (en) begin
      acc_1 <= s_data;
      code_2 <= code_1;
    end

  qnn_rom #(
    .WIDTH(PE * ROW_BITS), .DEPTH(FOLDS), .AW(FOLD_AW), .FILE(FILE), .STYLE(STYLE), .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)
  ) thresholds (
    .clk(clk), .en(en), .addr(fold), .q(rows_1), .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_data(cfg_data));

  genvar p;
  generate
    for (p = 0; p < PE; p = p + 1) begin : lane
      qnn_search #(.WIDTH(ACC), .BITS(BITS)) search (
        .value(acc_1[p*ACC +: ACC]), .thresholds(rows_1[p*ROW_BITS +: LEVELS*ACC]),
        .flip(rows_1[p*ROW_BITS+ROW_BITS-1]), .code(code_1[p*BITS +: BITS]));
    end
  endgenerate

  // In reset s_ready is low: a word taken then would be lost.
  assign s_ready = en & ~rst;
  assign m_valid = valid_2;
  assign m_data = code_2;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v.
  qnn_check_stable #(.WIDTH(PE * BITS)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
