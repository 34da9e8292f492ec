// qnn_line_buffer: the rows of an image that a sliding window still needs, in a ring of row slots. A part of qnn_window
// and qnn_window_parallel.
//
// Writing: ROWW beats a row, H rows a frame, frames back to back. A row that no window reaches is taken and dropped:
// below the last window, and between windows where the stride exceeds their height. Others wait for a free slot.
// s_ready depends on registers only.
// Reading: the window row at hand spans SPAN = (KH-1)·DIL + 1 rows from row oh·SH - PT on. `ready` holds while all of
// them that exist are stored; then a read at `pos` (place within a row) may be made in any cycle: q has it at the next
// edge with re = 1. `present` says, for the address being read now, whether its row exists; q is meaningless where not.
// PARALLEL = 0: one memory, one tap row at a time; tap_done ends a tap row, tap_last tells that the last one is being
// read, then the first one follows.
// PARALLEL = 1: a memory a slot, tap row kh at q[kh·WIDTH]; tap_done and tap_last have no meaning.
// row_done, together with the last read of a window row, frees the rows that no later one reads; the next window row
// begins.
// Slots: ROWS = max(SPAN + min(SH, SPAN) (where OH > 1), rows of the last window + rows of the first window) + 1 where
// the speeds of both sides within a frame differ from those of whole frames. That is enough for a period of max(H·ROWW,
// OH·CYCLES), CYCLES being those in which a window row is read.
// Preconditions: the first window begins less than SPAN rows above the image, the last one within it or above it.
// Instantiates: qnn_in_range, qnn_ram.
`default_nettype none

module qnn_line_buffer #(
  parameter WIDTH = 8,                            // bits of a beat
  parameter ROWW = 8,                             // beats of a row
  parameter H = 8,                                // rows of a frame
  parameter KH = 3,                               // rows of a window
  parameter SH = 1,                               // stride along a column, >= 1
  parameter PT = 1,                               // rows of padding above, less than the rows a window spans
  parameter DIL = 1,                              // dilation, >= 1
  parameter OH = 8,                               // window rows of a frame
  parameter CYCLES = 72,                          // cycles in which a window row is read
  parameter PARALLEL = 0,                         // 1: a memory a slot, all tap rows at once
  parameter STYLE = 0,                            // memory: 0 tool's choice, 1 block, 2 distributed
  // bits of a place within a row: leave it at its default
  parameter POS_BITS = ROWW > 1 ? $clog2(ROWW) : 1
) (
  input  wire                                      clk,
  input  wire                                      rst,
  input  wire                                      s_valid,
  output wire                                      s_ready,
  input  wire [WIDTH-1:0]                          s_data,
  output wire                                      ready,
  input  wire                                      re,
  input  wire [POS_BITS-1:0]                       pos,
  input  wire                                      tap_done,
  input  wire                                      row_done,
  output wire                                      tap_last,
  output wire [(PARALLEL != 0 ? KH : 1)-1:0]       present,
  output wire [(PARALLEL != 0 ? KH : 1)*WIDTH-1:0] q
);
  // Rows are counted as if the padding above and below were stored too (credits of `level`); slots only as they are.
  localparam SPAN = (KH - 1) * DIL + 1;
  localparam STEP = SH < SPAN ? SH : SPAN;        // stored rows from one window to the next
  localparam ALL = (OH - 1) * STEP + SPAN;        // rows that the windows of a frame reach, padding included
  localparam GAP = (H - 1 + PT) % SH;             // of the last row, after the first row of a window
  localparam REACH = (OH - 1) * SH + SPAN - PT;   // rows that windows could reach
  localparam WASTE = GAP >= SPAN ? GAP - SPAN + 1 : 0;
  localparam LAST = (REACH < H ? REACH : H - WASTE) - 1;
  localparam STORED = SH <= SPAN ? LAST + 1 : (LAST + PT) / SH * SPAN + (LAST + PT) % SH + 1 - PT;
  localparam BELOW = ALL - PT - STORED;           // padding below
  localparam BEFORE = (OH - 1) * STEP > PT ? (OH - 1) * STEP - PT : 0;
  localparam FIRST_ROWS = STORED < SPAN - PT ? STORED : SPAN - PT;
  localparam LAST_ROWS = STORED - BEFORE;
  localparam FLOW = OH > 1 ? SPAN + STEP : 0;
  localparam TURN = FIRST_ROWS + LAST_ROWS;
  localparam UNEVEN = OH > 1 && (OH * STEP > STORED || (CYCLES > SH * ROWW && (H + SH) * ROWW > OH * CYCLES)) ? 1 : 0;
  localparam ROWS = (FLOW > TURN ? FLOW : TURN) + UNEVEN;

  localparam UNIT = PARALLEL != 0 ? 1 : ROWW;     // addresses a slot
  localparam DEPTH = ROWS * UNIT;
  localparam AW = $clog2(DEPTH);
  localparam BLAST = ROWW - 1;
  localparam HW = H > 1 ? $clog2(H) : 1;
  localparam HLAST = H - 1;
  localparam SLOT_BITS = $clog2(ROWS + 1);
  localparam LMOST = ROWS + PT + (ROWS / STORED + 1) * (BELOW + PT);
  localparam LW = $clog2(LMOST + SPAN + 1);
  localparam TOP = (OH - 1) * SH;
  localparam MOST = TOP + SPAN - 1 > PT + H ? TOP + SPAN - 1 : PT + H;
  localparam TW = $clog2(MOST + 1);
  // Moves of the window's first slot, in addresses; modulo the ring.
  localparam MOVE = STEP % ROWS * UNIT;
  localparam TURNS = ((STORED - (OH - 1) * STEP) % ROWS + ROWS) % ROWS * UNIT;
  localparam START = (ROWS - PT % ROWS) % ROWS * UNIT;
  localparam FULL = 1 + BELOW + PT;

  generate
    if (WIDTH < 1 || ROWW < 1 || H < 1 || KH < 1 || SH < 1 || DIL < 1 || OH < 1 ||
        POS_BITS != (ROWW > 1 ? $clog2(ROWW) : 1)) begin : check
      qnn_error_line_buffer_sizes stop ();
    end
    if (PT < 0 || PT >= SPAN || TOP >= PT + H) begin : check_padding
      qnn_error_line_buffer_a_window_row_lies_in_the_padding stop ();
    end
  endgenerate

  // Writing side: beat and row of the input.
  reg                  open;
  reg  [POS_BITS-1:0]  beat;
  reg  [HW-1:0]        row;
  reg  [SLOT_BITS-1:0] room;                      // free slots, the one being written included
  wire                 keep, in_gap;
  wire                 take = s_valid & s_ready;
  wire                 write = take & keep;
  wire                 beat_last = beat == BLAST[POS_BITS-1:0];
  wire                 row_last = row == HLAST[HW-1:0];
  wire                 stored = write & beat_last;
  wire                 stored_last = row == LAST[HW-1:0];
  assign s_ready = open & (~keep | (room != {SLOT_BITS{1'b0}}));

  generate
    if (SH > SPAN) begin : gaps
      localparam PHASE_BITS = $clog2(SH);
      localparam SLAST = SH - 1;
      reg [PHASE_BITS-1:0] phase;                 // of the row, after the first row of a window
      always @(posedge clk)
        if (rst) phase <= PT[PHASE_BITS-1:0];
        else if (take & beat_last)
          phase <= row_last ? PT[PHASE_BITS-1:0] : phase == SLAST[PHASE_BITS-1:0] ? {PHASE_BITS{1'b0}} : phase + 1'b1;
      assign in_gap = phase >= SPAN[PHASE_BITS-1:0];
    end else begin : no_gaps
      assign in_gap = 1'b0;
    end
    if (LAST < HLAST) begin : rest
      assign keep = ~in_gap & (row <= LAST[HW-1:0]);
    end else begin : no_rest
      assign keep = ~in_gap;
    end
  endgenerate

  // Reading side: the window's first row, counted from the padding's first, and its slot.
  reg  [TW-1:0]        top;
  reg  [AW-1:0]        base;
  reg  [LW-1:0]        level;                     // rows there for the window row at hand and later ones
  wire [SLOT_BITS-1:0] freed;
  wire                 top_last = top == TOP[TW-1:0];
  wire [AW:0]          base_moved = {1'b0, base} + (top_last ? TURNS[AW:0] : MOVE[AW:0]);
  wire [AW:0]          base_wrapped = base_moved - DEPTH[AW:0];
  wire [AW-1:0]        base_next = base_wrapped[AW] ? base_moved[AW-1:0] : base_wrapped[AW-1:0];
  wire [LW-1:0]        gained = stored ? (stored_last ? FULL[LW-1:0] : {{(LW-1){1'b0}}, 1'b1}) : {LW{1'b0}};
  wire [LW-1:0]        lost = row_done ? (top_last ? SPAN[LW-1:0] : STEP[LW-1:0]) : {LW{1'b0}};
  assign ready = level >= SPAN[LW-1:0];

  generate
    if (PT > 0) begin : padded_above
      localparam UW = $clog2((PT > STEP ? PT : STEP) + 2);
      reg  [UW-1:0] above;                        // rows of the window above the image
      wire          covered = above > STEP[UW-1:0];
      wire [UW-1:0] uncovered = covered ? {UW{1'b0}} : STEP[UW-1:0] - above;
      wire          unused_uncovered = &{1'b0, uncovered};
      always @(posedge clk)
        if (rst) above <= PT[UW-1:0];
        else if (row_done) above <= top_last ? PT[UW-1:0] : covered ? above - STEP[UW-1:0] : {UW{1'b0}};
      if (SLOT_BITS > UW) begin : extend
        assign freed = top_last ? LAST_ROWS[SLOT_BITS-1:0] : {{(SLOT_BITS-UW){1'b0}}, uncovered};
      end else begin : trim
        assign freed = top_last ? LAST_ROWS[SLOT_BITS-1:0] : uncovered[SLOT_BITS-1:0];
      end
    end else begin : no_padding_above
      assign freed = top_last ? LAST_ROWS[SLOT_BITS-1:0] : STEP[SLOT_BITS-1:0];
    end
  endgenerate

  always @(posedge clk)
    if (rst) begin
      open <= 1'b0;
      beat <= {POS_BITS{1'b0}};
      row <= {HW{1'b0}};
      room <= ROWS[SLOT_BITS-1:0];
      top <= {TW{1'b0}};
      base <= START[AW-1:0];
      level <= PT[LW-1:0];
    end else begin
      open <= 1'b1;
      if (take) beat <= beat_last ? {POS_BITS{1'b0}} : beat + 1'b1;
      if (take & beat_last) row <= row_last ? {HW{1'b0}} : row + 1'b1;
      room <= room + (freed & {SLOT_BITS{row_done}}) - {{(SLOT_BITS-1){1'b0}}, stored};
      level <= level + gained - lost;
      if (row_done) begin
        top <= top_last ? {TW{1'b0}} : top + SH[TW-1:0];
        base <= base_next;
      end
    end

  localparam ALAST = DEPTH - 1;
  reg [AW-1:0] write_addr;                        // PARALLEL: the slot alone
  always @(posedge clk)
    if (rst) write_addr <= {AW{1'b0}};
    else if (PARALLEL != 0 ? stored : write) write_addr <= write_addr == ALAST[AW-1:0] ? {AW{1'b0}} : write_addr + 1'b1;

  genvar i, k;
  generate
    if (PARALLEL != 0) begin : banks
      reg  [AW-1:0]         base_1;
      wire [ROWS*WIDTH-1:0] slot;
      wire                  unused_tap = &{1'b0, tap_done};
      always @(posedge clk) if (re) base_1 <= base;
      for (i = 0; i < ROWS; i = i + 1) begin : bank
        // The slot being written belongs to no window that is read.
        wire write_here = write & (write_addr == i[AW-1:0]);
        qnn_ram #(.WIDTH(WIDTH), .DEPTH(ROWW), .AW(POS_BITS), .STYLE(STYLE)) words (
          .clk(clk), .we(write_here), .waddr(beat), .wdata(s_data), .re(re & ~write_here), .raddr(pos),
          .q(slot[i*WIDTH +: WIDTH]));
      end
      for (k = 0; k < KH; k = k + 1) begin : tap
        // The slots in the order in which this tap row meets them.
        wire [ROWS*WIDTH-1:0] turned;
        for (i = 0; i < ROWS; i = i + 1) begin : turn
          assign turned[i*WIDTH +: WIDTH] = slot[(i+k*DIL)%ROWS*WIDTH +: WIDTH];
        end
        assign q[k*WIDTH +: WIDTH] = turned[{{(32-AW){1'b0}}, base_1}*WIDTH +: WIDTH];
        wire [TW-1:0] tap_row = top + KDIL[TW-1:0];
        localparam KDIL = k * DIL;
        qnn_in_range #(.WIDTH(TW), .LOW(PT), .SIZE(H), .MOST(TOP + KDIL)) exists (
          .value(tap_row), .present(present[k]));
      end
      assign tap_last = 1'b1;
    end else begin : single
      localparam YLAST = SPAN - 1;
      localparam YW = SPAN > 1 ? $clog2(SPAN) : 1;
      localparam YMOVE = DIL % ROWS * UNIT;
      wire [AW-1:0] tap_base;
      wire [TW-1:0] tap_row;
      if (KH > 1) begin : taps
        reg  [YW-1:0] y;                          // of the tap row, after the window's first
        reg  [AW-1:0] next_base;
        wire [AW:0]   moved = {1'b0, tap_base} + YMOVE[AW:0];
        wire [AW:0]   wrapped = moved - DEPTH[AW:0];
        assign tap_base = y == {YW{1'b0}} ? base : next_base;
        assign tap_row = top + {{(TW-YW){1'b0}}, y};
        assign tap_last = y == YLAST[YW-1:0];
        always @(posedge clk)
          if (rst) y <= {YW{1'b0}};
          else if (tap_done) y <= tap_last ? {YW{1'b0}} : y + DIL[YW-1:0];
        always @(posedge clk) if (tap_done) next_base <= wrapped[AW] ? moved[AW-1:0] : wrapped[AW-1:0];
      end else begin : one_tap
        wire unused_tap = &{1'b0, tap_done};
        assign tap_base = base;
        assign tap_row = top;
        assign tap_last = 1'b1;
      end
      wire [AW-1:0] read_addr = tap_base + {{(AW-POS_BITS){1'b0}}, pos};
      qnn_in_range #(.WIDTH(TW), .LOW(PT), .SIZE(H), .MOST(TOP + SPAN - 1)) exists (.value(tap_row), .present(present));
      // Where the row does not exist, the address may be the one being written.
      qnn_ram #(.WIDTH(WIDTH), .DEPTH(DEPTH), .AW(AW), .STYLE(STYLE)) words (
        .clk(clk), .we(write), .waddr(write_addr), .wdata(s_data), .re(re & present), .raddr(read_addr), .q(q));
    end
  endgenerate

`ifdef FORMAL
  // Slots and credits stay within their bounds; what is read was written.
  reg armed = 1'b0;
  always @(posedge clk) armed <= armed | rst;
  always @*
    if (armed) begin
      assert (room <= ROWS);
      assert (level <= LMOST);
      if (stored) assert (room != 0);
      if (row_done) assert (ready | rst);
    end
`endif
endmodule

`default_nettype wire
