// qnn_requant: v = M·acc + B per channel; CLIP = 1: clip(v >>> SHIFT, 0, 2^OBITS - 1), the code; CLIP = 0: v itself.
// CLIP = 1, SIGNED = 1: clip(v >>> SHIFT, FIRST, L), L = 2^(OBITS-1) - 1, in two's complement; FIRST = -L, or 0 after
// a relu.
//
// M, B and SHIFT define the codes, or the last layer's values (docs/numerics.md). One SHIFT a layer. acc, M, B signed.
// CLIP = 0: signed output of OBITS, wide enough for v; SHIFT is 0.
// MULTIPLIERS lanes are treated at a time, STEPS = ceil(PE/MULTIPLIERS) steps a beat. SERIAL = 0: `*`, one step a
// cycle. SERIAL = 1: shift and add, MBITS + 2 cycles a step, no multiplier. Latency STEPS + 4, SERIAL: STEPS·(MBITS +
// 2) + 3.
// m_* are registers; s_ready depends on m_ready.
// Groups 0, 1, .., GROUPS-1 of MH channels take turns. Memory at (g·NF + nf)·STEPS + step, NF = ceil(MH/PE): lane l of
// a step (channel nf·PE + step·MULTIPLIERS + l of group g) at l·(MBITS + BBITS): M lowest, then B. Padding: 0.
// Instantiates: qnn_rom.
`default_nettype none

module qnn_requant #(
  parameter MH = 16,                              // channels of a group
  parameter PE = 4,                               // channels a beat, 1..MH
  parameter GROUPS = 1,                           // groups of channels that take turns, >= 1
  parameter ACC = 12,                             // bits of acc, signed
  parameter MBITS = 8,                            // bits of M, signed, >= 2
  parameter BBITS = 16,                           // bits of B, signed
  parameter SHIFT = 8,                            // of v to the right; 0 where CLIP = 0
  parameter OBITS = 4,                            // bits of a result
  parameter CLIP = 1,                             // 1: codes, 0: v itself
  parameter SIGNED = 0,                           // CLIP = 1: codes in two's complement
  parameter FIRST = 0,                            // SIGNED = 1: lowest code, 0 or 1 - 2^(OBITS-1)
  parameter MULTIPLIERS = 1,                      // lanes treated at a time, 1..PE
  parameter SERIAL = 0,                           // 1: shift and add, without a multiplier
  parameter FILE = "",                            // memory image of M and B
  parameter STYLE = 0,                            // memory: 0 tool's choice, 1 block, 2 distributed
  parameter CFG_AW = 1,                           // address bits of the configuration bus
  parameter CFG_DW = 1                            // data bits of the configuration bus
) (
  input  wire                clk,
  input  wire                rst,
  input  wire                s_valid,
  output wire                s_ready,
  input  wire [PE*ACC-1:0]   s_data,
  output wire                m_valid,
  input  wire                m_ready,
  output wire [PE*OBITS-1:0] m_data,
  input  wire                cfg_we,
  input  wire [CFG_AW-1:0]   cfg_addr,
  input  wire [CFG_DW-1:0]   cfg_data
);
  localparam LANES = MULTIPLIERS;
  localparam FOLDS = GROUPS * ((MH + PE - 1) / PE); // beats of a frame
  localparam STEPS = (PE + LANES - 1) / LANES;
  localparam STEP_BITS = STEPS > 1 ? $clog2(STEPS) : 1;
  localparam SLAST = STEPS - 1;
  localparam BEFORE = STEPS > 1 ? STEPS - 2 : 0;
  localparam WORDS = FOLDS * STEPS;
  localparam AW = WORDS > 1 ? $clog2(WORDS) : 1;
  localparam WLAST = WORDS - 1;
  localparam CB = MBITS + BBITS;
  localparam PB = ACC + MBITS;                    // bits of a product
  localparam VB = (PB > BBITS ? PB : BBITS) + 1;  // bits of v
  localparam CYCLES = SERIAL != 0 ? MBITS + 2 : 1;
  localparam CW = CYCLES > 1 ? $clog2(CYCLES) : 1;
  localparam CLAST = CYCLES - 1;
  localparam XB = VB > OBITS ? VB : OBITS + 1;

  generate
    if (MH < 1 || PE < 1 || GROUPS < 1 || PE > MH || LANES < 1 || LANES > PE || ACC < 1 ||
        MBITS < 2 || BBITS < 1 || OBITS < 1) begin : check
      qnn_error_requant_channels_lanes_or_bits stop ();
    end
    if (SHIFT < 0 || SHIFT >= VB || (CLIP == 0 && SHIFT != 0)) begin : check_shift
      qnn_error_requant_shift stop ();
    end
    if (SIGNED != 0 && (CLIP == 0 || OBITS < 2 || (FIRST != 0 && FIRST != 1 - (1 << (OBITS - 1))))) begin : check_codes
      qnn_error_requant_first_code stop ();
    end
  endgenerate

  // Stage 0: the beat at work, shifted down by one step's lanes after each step.
  reg                        busy;
  reg  [STEPS*LANES*ACC-1:0] work;
  reg                        spent;               // the last step is at work, or none: what comes next is a beat
  reg  [STEP_BITS-1:0]       step;
  reg  [AW-1:0]              word;
  reg  [CW-1:0]              cycle;               // of the step; the memory is read in cycle 0
  reg                        valid_1, last_1;
  wire                       en = ~m_valid | m_ready;
  wire                       cycle_last = cycle == CLAST[CW-1:0];
  wire                       step_last = step == SLAST[STEP_BITS-1:0];
  wire                       issue = busy & (cycle == {CW{1'b0}});
  wire                       load = s_valid & s_ready;
  wire [STEPS*LANES*ACC-1:0] beat, moved;

  generate
    if (STEPS * LANES > PE) begin : widen
      assign beat = {{((STEPS*LANES-PE)*ACC){1'b0}}, s_data};
    end else begin : same
      assign beat = s_data;
    end
    if (STEPS > 1) begin : move
      assign moved = {{(LANES*ACC){1'b0}}, work[STEPS*LANES*ACC-1:LANES*ACC]};
    end else begin : stay
      assign moved = work;
    end
  endgenerate

  assign s_ready = en & ~rst & (~busy | (step_last & cycle_last));
  always @(posedge clk)
    if (rst) begin
      busy <= 1'b0;
      spent <= 1'b1;
      step <= {STEP_BITS{1'b0}};
      word <= {AW{1'b0}};
      cycle <= {CW{1'b0}};
      valid_1 <= 1'b0;
    end else if (en) begin
      valid_1 <= issue;
      if (load) busy <= 1'b1;
      else if (step_last & cycle_last) busy <= 1'b0;
      if (load) spent <= STEPS == 1;
      else if (busy & cycle_last) spent <= step_last | (step == BEFORE[STEP_BITS-1:0]);
      if (busy) cycle <= cycle_last ? {CW{1'b0}} : cycle + 1'b1;
      if (busy & cycle_last) begin
        step <= step_last ? {STEP_BITS{1'b0}} : step + 1'b1;
        word <= word == WLAST[AW-1:0] ? {AW{1'b0}} : word + 1'b1;
      end
    end
  always @(posedge clk)
    if (en) begin
      last_1 <= step_last;
      if (load | (busy & cycle_last)) work <= spent ? beat : moved;
    end

  // Stage 1: constants beside their accumulators.
  reg  [LANES*ACC-1:0] acc_1;
  wire [LANES*CB-1:0]  constants_1;
  always @(posedge clk) if (en & issue) acc_1 <= work[LANES*ACC-1:0];
  qnn_rom #(
    .WIDTH(LANES * CB), .DEPTH(WORDS), .AW(AW), .FILE(FILE), .STYLE(STYLE), .CFG_AW(CFG_AW), .CFG_DW(CFG_DW)
  ) constants (
    .clk(clk), .en(en & issue), .addr(word), .q(constants_1), .cfg_we(cfg_we), .cfg_addr(cfg_addr),
    .cfg_data(cfg_data));

  // Stage 2: products, and the offsets B that belong to them.
  wire                   valid_2, last_2;
  wire [LANES*PB-1:0]    product_2;
  wire [LANES*BBITS-1:0] offset_2;
  genvar l;
  generate
    if (SERIAL == 0) begin : parallel
      reg                   valid_reg, last_reg;
      reg [LANES*PB-1:0]    product;
      reg [LANES*BBITS-1:0] offset;
      for (l = 0; l < LANES; l = l + 1) begin : lane
        wire signed [PB-1:0] a = {{MBITS{acc_1[l*ACC+ACC-1]}}, acc_1[l*ACC +: ACC]};
        wire signed [PB-1:0] m = {{ACC{constants_1[l*CB+MBITS-1]}}, constants_1[l*CB +: MBITS]};
        always @(posedge clk)
          if (en) begin
            product[l*PB +: PB] <= a * m;
            offset[l*BBITS +: BBITS] <= constants_1[l*CB+MBITS +: BBITS];
          end
      end
      always @(posedge clk)
        if (rst) valid_reg <= 1'b0;
        else if (en) valid_reg <= valid_1;
      always @(posedge clk) if (en) last_reg <= last_1;
      assign valid_2 = valid_reg;
      assign last_2 = last_reg;
      assign product_2 = product;
      assign offset_2 = offset;
    end else begin : serial
      // The multiplier starts in the low part and is shifted out while the product grows from above; its top bit counts
      // negative.
      reg           run, done, last_reg;
      reg  [CW-1:0] count;
      wire          final_bit = count == CLAST[CW-1:0];
      always @(posedge clk)
        if (rst) begin
          run <= 1'b0;
          done <= 1'b0;
          count <= {CW{1'b0}};
        end else if (en) begin
          done <= run & final_bit;
          if (valid_1) run <= 1'b1;
          else if (final_bit) run <= 1'b0;
          count <= valid_1 ? {{(CW-2){1'b0}}, 2'd2} : count + 1'b1;
        end
      always @(posedge clk) if (en & valid_1) last_reg <= last_1;
      for (l = 0; l < LANES; l = l + 1) begin : lane
        reg  [PB-1:0]  product;
        wire [ACC:0]   high = {product[PB-1], product[PB-1:MBITS]};
        wire           minus = final_bit & product[0];
        wire [ACC:0]   addend = ({acc_1[l*ACC+ACC-1], acc_1[l*ACC +: ACC]} & {(ACC+1){product[0]}}) ^ {(ACC+1){minus}};
        wire [ACC+1:0] total = {high, 1'b1} + {addend, minus};
        wire [ACC:0]   next = total[ACC+1:1];
        wire           unused_carry = total[0];
        always @(posedge clk)
          if (en) begin
            if (valid_1) product <= {{ACC{1'b0}}, constants_1[l*CB +: MBITS]};
            else if (run) product <= {next, product[MBITS-1:1]};
          end
        assign product_2[l*PB +: PB] = product;
        assign offset_2[l*BBITS +: BBITS] = constants_1[l*CB+MBITS +: BBITS];  // stays until the next step is read
      end
      assign valid_2 = done;
      assign last_2 = last_reg;
    end
  endgenerate

  // Stage 3: the sum; stage 4: the result, collected step by step, the first step ending lowest.
  reg                          valid_3, last_3, valid_4;
  reg  [LANES*VB-1:0]          value_3;
  reg  [STEPS*LANES*OBITS-1:0] collected;
  wire [LANES*OBITS-1:0]       result_3;
  always @(posedge clk)
    if (rst) begin
      valid_3 <= 1'b0;
      valid_4 <= 1'b0;
    end else if (en) begin
      valid_3 <= valid_2;
      valid_4 <= valid_3 & last_3;
    end
  always @(posedge clk) if (en) last_3 <= last_2;

  generate
    for (l = 0; l < LANES; l = l + 1) begin : result
      wire [VB-1:0] value = value_3[l*VB +: VB];
      always @(posedge clk)
        if (en) value_3[l*VB +: VB] <= {{(VB-PB){product_2[l*PB+PB-1]}}, product_2[l*PB +: PB]} +
                                       {{(VB-BBITS){offset_2[l*BBITS+BBITS-1]}}, offset_2[l*BBITS +: BBITS]};
      if (CLIP != 0 && SIGNED != 0) begin : clip_signed
        // Within the range all bits from the code's sign upwards are equal; -2^(OBITS-1) alone is below FIRST all the
        // same.
        wire [XB:0] shifted = {{(XB+1-VB+SHIFT){value[VB-1]}}, value[VB-1:SHIFT]};
        wire        minus = shifted[XB];
        wire        above = ~minus & (|shifted[XB-1:OBITS-1]);
        wire        below = minus & (FIRST == 0 | ~(&shifted[XB-1:OBITS-1]) | ~(|shifted[OBITS-2:0]));
        assign result_3[l*OBITS +: OBITS] =
          below ? FIRST[OBITS-1:0] : above ? {1'b0, {(OBITS-1){1'b1}}} : shifted[OBITS-1:0];
        if (SHIFT > 0) begin : fraction
          wire unused_fraction = &{1'b0, value[SHIFT-1:0]};
        end
      end else if (CLIP != 0) begin : clip
        // A code above the range has a one above its OBITS; below it, the sign.
        wire [XB:0] shifted = {{(XB+1-VB+SHIFT){value[VB-1]}}, value[VB-1:SHIFT]};
        wire        above = |shifted[XB-1:OBITS] & ~shifted[XB];
        assign result_3[l*OBITS +: OBITS] = shifted[XB] ? {OBITS{1'b0}} : shifted[OBITS-1:0] | {OBITS{above}};
        if (SHIFT > 0) begin : fraction
          wire unused_fraction = &{1'b0, value[SHIFT-1:0]};
        end
      end else if (OBITS > VB) begin : extend
        assign result_3[l*OBITS +: OBITS] = {{(OBITS-VB){value[VB-1]}}, value};
      end else begin : trim
        wire unused_sign = &{1'b0, value};
        assign result_3[l*OBITS +: OBITS] = value[OBITS-1:0];
      end
    end
    if (STEPS > 1) begin : collect_steps
      always @(posedge clk) if (en & valid_3) collected <= {result_3, collected[STEPS*LANES*OBITS-1:LANES*OBITS]};
    end else begin : collect_beat
      always @(posedge clk) if (en & valid_3) collected <= result_3;
    end
    if (STEPS * LANES > PE) begin : padded
      wire unused_padding = &{1'b0, collected};
    end
  endgenerate
  assign m_valid = valid_4;
  assign m_data = collected[PE*OBITS-1:0];

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v.
  qnn_check_stable #(.WIDTH(PE * OBITS)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
