// qnn_reduce: combines TAPS consecutive beats into one, lane by lane: the largest, the smallest or the sum. Behind
// qnn_window a pool.
//
// OP = 0: the largest element, the smallest in channels whose bit of MASK is 1; OBITS = ELEM. SIGNED = 0: unsigned
// codes (one bit: or, and); 1: two's complement. OP = 1: the sum, OBITS bits, signed where SIGNED. The output beats go
// round BLOCKS blocks of LANES channels: channel = block·LANES + lane.
// One beat a cycle, latency 1 from the last of the TAPS beats. m_* are registers; s_ready depends on m_ready.
// A pool: qnn_window with GROUPS = C/LANES, then TAPS = KH·KW, BLOCKS = C/LANES.
`default_nettype none

module qnn_reduce #(
  parameter ELEM = 1,                             // bits of an element
  parameter OBITS = 1,                            // bits of a result: ELEM, or what holds every sum
  parameter LANES = 4,                            // channels a beat
  parameter TAPS = 4,                             // beats that are combined, >= 1
  parameter BLOCKS = 2,                           // blocks of channels that take turns, >= 1
  parameter OP = 0,                               // 0: the largest, 1: the sum
  parameter SIGNED = 0,                           // 1: elements in two's complement
  // OP = 0: bit 1 of a channel: the smallest
  parameter [BLOCKS*LANES-1:0] MASK = {(BLOCKS*LANES){1'b0}}
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
  localparam TW = TAPS > 1 ? $clog2(TAPS) : 1;
  localparam TLAST = TAPS - 1;
  localparam BW = BLOCKS > 1 ? $clog2(BLOCKS) : 1;
  localparam BLAST = BLOCKS - 1;
  // Bits of the largest sum, TAPS·(2^ELEM - 1), or TAPS·2^(ELEM-1) below zero; not quite exact where that exceeds the
  // tools' integers.
  localparam GROWN = ELEM + $clog2(TAPS);
  localparam NEED = SIGNED != 0 || GROWN > 30 ? GROWN : $clog2(TAPS * ((1 << ELEM) - 1) + 1);

  generate
    if (ELEM < 1 || LANES < 1 || TAPS < 1 || BLOCKS < 1 || OP < 0 || OP > 1) begin : check
      qnn_error_reduce_bits_lanes_taps_blocks_or_operation stop ();
    end else if (OP == 0 ? OBITS != ELEM : OBITS < NEED) begin : check_result
      qnn_error_reduce_result_bits stop ();
    end
  endgenerate

  reg                    valid_reg;
  reg  [TW-1:0]          tap;
  reg  [LANES*OBITS-1:0] acc;
  wire                   first = tap == {TW{1'b0}};
  wire                   last = tap == TLAST[TW-1:0];
  wire                   en = ~valid_reg | m_ready;
  wire                   take = s_valid & en;
  wire [LANES-1:0]       smallest;

  always @(posedge clk)
    if (rst) begin
      valid_reg <= 1'b0;
      tap <= {TW{1'b0}};
    end else if (en) begin
      valid_reg <= s_valid & last;
      if (s_valid) tap <= last ? {TW{1'b0}} : tap + 1'b1;
    end

  genvar i, b;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : lane
      wire [ELEM-1:0]  x = s_data[i*ELEM +: ELEM];
      wire [OBITS-1:0] held = acc[i*OBITS +: OBITS];
      wire [OBITS-1:0] wide, joined;
      if (OBITS > ELEM) begin : extend
        assign wide = {{(OBITS-ELEM){SIGNED != 0 ? x[ELEM-1] : 1'b0}}, x};
      end else begin : same
        assign wide = x;
      end
      if (OP == 0) begin : extreme
        wire larger;
        if (SIGNED != 0) begin : signed_codes
          assign larger = $signed(wide) > $signed(held);
        end else begin : unsigned_codes
          assign larger = wide > held;
        end
        assign joined = larger ^ smallest[i] ? wide : held;
      end else begin : sum
        wire unused_mask = &{1'b0, smallest[i]};
        assign joined = held + wide;
      end
      always @(posedge clk) if (take) acc[i*OBITS +: OBITS] <= first ? wide : joined;
    end
    if (BLOCKS > 1) begin : blocks
      reg  [BW-1:0] block;
      always @(posedge clk)
        if (rst) block <= {BW{1'b0}};
        else if (take & last) block <= block == BLAST[BW-1:0] ? {BW{1'b0}} : block + 1'b1;
      for (i = 0; i < LANES; i = i + 1) begin : lane_mask
        wire [BLOCKS-1:0] of_block;
        for (b = 0; b < BLOCKS; b = b + 1) begin : turn
          assign of_block[b] = MASK[b*LANES+i];
        end
        assign smallest[i] = of_block[block];
      end
    end else begin : one_block
      assign smallest = MASK;
    end
  endgenerate

  assign s_ready = en & ~rst;
  assign m_valid = valid_reg;
  assign m_data = acc;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v. What comes out:
  // tests/formal/reduce_spec.v.
  qnn_check_stable #(.WIDTH(LANES * OBITS)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
