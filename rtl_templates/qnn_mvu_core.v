// qnn_mvu_core: control, memories and accumulators that all matrix-vector units share; the datapath of a PE is chosen by KIND.
//
// Wrapped by qnn_mvu_binary and qnn_mvu_ternary, whose headers hold the formulas and images.
// Pipeline: 0 issue of an address | 1 operands x and w [| 1b the same again, REGISTERED] | 2 sum of one beat | 3 accumulator. The initial value takes
// the place of the accumulator at the first beat of a pass. An output waiting for m_ready stops all stages (en), never the input.
// KIND: 0 binary, 1 binary recoded, 2 ternary. Other parameters: see the wrappers.
`default_nettype none

module qnn_mvu_core #(
  parameter KIND = 0,
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
  localparam SF = (MW + SIMD - 1) / SIMD;
  localparam NF = (MH + PE - 1) / PE;
  localparam XW = SIMD * ABITS;
  localparam WB = KIND == 2 ? 2 : 1;              // bits of a weight
  localparam WW = PE * SIMD * WB;
  localparam FOLDS = GROUPS * NF;                 // passes of a frame
  localparam AW = SF * FOLDS > 1 ? $clog2(SF * FOLDS) : 1;
  localparam FW = FOLDS > 1 ? $clog2(FOLDS) : 1;
  // Bipolar results are 2·S + initial value: the accumulator holds all but the lowest bit, which is the initial value's own.
  localparam HALF = RAW != 0 && BIPOLAR != 0 ? 1 : 0;
  localparam AB = ACC - HALF;
  localparam SW = KIND == 1 ? $clog2(SIMD + SIMD % 2) : ABITS > 1 ? $clog2(SIMD * ((1 << ABITS) - 1) + 1) : SIMD > 1 ? $clog2(SIMD) : 1;

  generate
    if (MW < 1 || MH < 1 || SIMD < 1 || PE < 1 || GROUPS < 1 || SIMD > MW || PE > MH) begin : check_fold
      qnn_error_mvu_simd_or_pe_is_not_in_1_to_mw_or_mh stop ();
    end
    if (ABITS < 1 || ABITS > 16 || (BIPOLAR != 0 && ABITS != 1)) begin : check_activation
      qnn_error_mvu_activation_bits stop ();
    end
    if (KIND == 1 && (BIPOLAR == 0 || SIMD < 3)) begin : check_recoding
      qnn_error_mvu_recoding_needs_bipolar_activations_and_simd_of_three stop ();
    end
    if (AB < SW) begin : check_accumulator
      qnn_error_mvu_accumulator_is_narrower_than_the_sum_of_one_beat stop ();
    end
  endgenerate

  reg           m_valid_reg;
  wire          en = ~m_valid_reg | m_ready;
  wire          valid_0, first_0, last_0;
  wire [XW-1:0] x_0;
  wire [AW-1:0] word_addr;
  wire [FW-1:0] fold_addr;
  qnn_replay #(.WIDTH(XW), .SF(SF), .NF(NF), .GROUPS(GROUPS), .STYLE(BUFFER_STYLE), .AW(AW), .FW(FW)) replay (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .en(en),
    .valid(valid_0), .first(first_0), .last(last_0), .x(x_0), .word_addr(word_addr), .fold_addr(fold_addr));

  wire [WW-1:0] w_0;
  qnn_rom #(.WIDTH(WW), .DEPTH(SF * FOLDS), .AW(AW), .FILE(WEIGHT_FILE), .STYLE(WEIGHT_STYLE), .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)) weights (
    .clk(clk), .en(en), .addr(word_addr), .q(w_0), .cfg_we(cfg_we[0]), .cfg_addr(cfg_addr), .cfg_data(cfg_data));

  wire          valid_1, first_1, last_1;
  wire [XW-1:0] x_1;
  wire [WW-1:0] w_1;
  wire [FW-1:0] init_addr;
  generate
    if (REGISTERED != 0) begin : registered
      reg          valid_reg, first_reg, last_reg;
      reg [XW-1:0] x_reg;
      reg [WW-1:0] w_reg;
      reg [FW-1:0] fold_reg;
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
      assign x_1 = x_reg;
      assign w_1 = w_reg;
      assign init_addr = fold_reg;
    end else begin : direct
      assign valid_1 = valid_0;
      assign first_1 = first_0;
      assign last_1 = last_0;
      assign x_1 = x_0;
      assign w_1 = w_0;
      assign init_addr = fold_addr;
    end
  endgenerate

  wire [PE*ACC-1:0] init_2;
  qnn_rom #(.WIDTH(PE * ACC), .DEPTH(FOLDS), .AW(FW), .FILE(INIT_FILE), .STYLE(INIT_STYLE), .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)) initial_values (
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
      wire [SW-1:0] sum;
      wire          carry;
      if (KIND == 0) begin : binary
        qnn_dot_binary #(.SIMD(SIMD), .ABITS(ABITS), .SW(SW)) dot (.x(x_1), .w(w_1[p*SIMD +: SIMD]), .sum(sum), .carry(carry));
      end else if (KIND == 1) begin : recoded
        qnn_dot_recoded #(.SIMD(SIMD), .SW(SW)) dot (.x(x_1), .w(w_1[p*SIMD +: SIMD]), .sum(sum), .carry(carry));
      end else begin : ternary
        qnn_dot_ternary #(.SIMD(SIMD), .ABITS(ABITS), .SW(SW)) dot (.x(x_1), .w(w_1[p*2*SIMD +: 2*SIMD]), .sum(sum), .carry(carry));
      end

      reg  [SW-1:0]  sum_2;
      reg            carry_2;
      reg  [AB-1:0]  acc;
      wire [ACC-1:0] start = init_2[p*ACC +: ACC];
      wire [AB-1:0]  held = first_2 ? start[ACC-1:HALF] : acc;
      wire [AB:0]    next = {{(AB-SW){1'b0}}, sum_2, carry_2} + {held, 1'b1};
      wire           unused_carry = next[0];
      always @(posedge clk)
        if (en) begin
          sum_2 <= sum;
          carry_2 <= carry;
          if (valid_2) acc <= next[AB:1];
        end
      if (RAW == 0) begin : code
        assign m_data[p] = acc[AB-1];
      end else if (HALF == 0) begin : whole
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
  qnn_check_stable #(.WIDTH(PE * (RAW != 0 ? ACC : 1))) check_stable (.clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
