// qnn_accumulate: the sum of each channel over COUNT positions: a global pool.
//
// Input: COUNT·BLOCKS beats a frame, order (position, block), LANES channels a beat; output: BLOCKS beats a frame,
// block by block, while the beats of the last position come in, latency 2. One beat a cycle, without a pause between
// frames. m_* are registers; s_ready depends on m_ready.
// SIGNED: elements and sums in two's complement. Sums are kept in a memory of BLOCKS words, BLOCKS = 1: in a register.
// Instantiates: qnn_ram.
`default_nettype none

module qnn_accumulate #(
  parameter ELEM = 2,                             // bits of an element
  parameter OBITS = 8,                            // bits of a sum, holds every one
  parameter LANES = 4,                            // channels a beat
  parameter BLOCKS = 2,                           // beats a position, >= 1
  parameter COUNT = 49,                           // positions, >= 1
  parameter SIGNED = 0,                           // 1: elements and sums in two's complement
  parameter STYLE = 0                             // memory: 0 tool's choice, 1 block, 2 distributed
) (
  input  wire                   clk,
  input  wire                   rst,
  input  wire                   s_valid,
  output wire                   s_ready,
  input  wire [LANES*ELEM-1:0]  s_data,
  output wire                   m_valid,
  input  wire                   m_ready,
  output wire [LANES*OBITS-1:0] m_data
);
  localparam BLOCK_BITS = BLOCKS > 1 ? $clog2(BLOCKS) : 1;
  localparam BLAST = BLOCKS - 1;
  localparam POSITION_BITS = COUNT > 1 ? $clog2(COUNT) : 1;
  localparam PLAST = COUNT - 1;
  // Bits of the largest sum, COUNT·(2^ELEM - 1), or COUNT·2^(ELEM-1) below zero; not quite exact where that exceeds the
  // tools' integers.
  localparam GROWN = ELEM + $clog2(COUNT);
  localparam NEED = SIGNED != 0 || GROWN > 30 ? GROWN : $clog2(COUNT * ((1 << ELEM) - 1) + 1);

  generate
    if (ELEM < 1 || LANES < 1 || BLOCKS < 1 || COUNT < 1) begin : check
      qnn_error_accumulate_bits_lanes_blocks_or_count stop ();
    end else if (OBITS < NEED) begin : check_sum
      qnn_error_accumulate_sum_does_not_fit stop ();
    end
  endgenerate

  reg                      valid_1, first_1, last_1, valid_2;
  reg  [POSITION_BITS-1:0] position;
  reg  [LANES*ELEM-1:0]    data_1;
  reg  [LANES*OBITS-1:0]   sum_2;
  wire [LANES*OBITS-1:0]   held_1, sum_1;
  wire                     block_last;
  wire                     en = ~valid_2 | m_ready;
  wire                     position_last = position == PLAST[POSITION_BITS-1:0];

  always @(posedge clk)
    if (rst) begin
      position <= {POSITION_BITS{1'b0}};
      valid_1 <= 1'b0;
      valid_2 <= 1'b0;
    end else if (en) begin
      if (s_valid & block_last) position <= position_last ? {POSITION_BITS{1'b0}} : position + 1'b1;
      valid_1 <= s_valid;
      valid_2 <= valid_1 & last_1;
    end
  always @(posedge clk)
    if (en) begin
      data_1 <= s_data;
      first_1 <= position == {POSITION_BITS{1'b0}};
      last_1 <= position_last;
      if (valid_1) sum_2 <= sum_1;
    end

  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : lane
      wire [ELEM-1:0]  x = data_1[i*ELEM +: ELEM];
      wire [OBITS-1:0] wide;
      if (OBITS > ELEM) begin : extend
        assign wide = {{(OBITS-ELEM){SIGNED != 0 ? x[ELEM-1] : 1'b0}}, x};
      end else begin : same
        assign wide = x;
      end
      assign sum_1[i*OBITS +: OBITS] = (held_1[i*OBITS +: OBITS] & {OBITS{~first_1}}) + wide;
    end
    if (BLOCKS > 1) begin : blocks
      // A block is read when its next element enters, one cycle before that is added: BLOCKS >= 2 beats after it was
      // read last, so it has been written.
      reg [BLOCK_BITS-1:0] block, block_1;
      assign block_last = block == BLAST[BLOCK_BITS-1:0];
      always @(posedge clk)
        if (rst) block <= {BLOCK_BITS{1'b0}};
        else if (en & s_valid) block <= block_last ? {BLOCK_BITS{1'b0}} : block + 1'b1;
      always @(posedge clk) if (en) block_1 <= block;
      qnn_ram #(.WIDTH(LANES * OBITS), .DEPTH(BLOCKS), .AW(BLOCK_BITS), .STYLE(STYLE)) sums (
        .clk(clk), .we(en & valid_1), .waddr(block_1), .wdata(sum_1), .re(en & s_valid), .raddr(block), .q(held_1));
    end else begin : one_block
      assign block_last = 1'b1;
      assign held_1 = sum_2;
    end
  endgenerate

  assign s_ready = en & ~rst;
  assign m_valid = valid_2;
  assign m_data = sum_2;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v.
  qnn_check_stable #(.WIDTH(LANES * OBITS)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
