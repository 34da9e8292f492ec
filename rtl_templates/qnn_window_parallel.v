// qnn_window_parallel: sliding window, all taps at once: KH·KW·LANES elements a beat.
//
// Input: H·W·(C/LANES) beats a frame, order (h, w, c). Output: OH·OW·(C/LANES) beats a frame, order (oh, ow, c);
// element (kh·KW + kw)·LANES + lane of a beat: the tap at row oh·SH - PT + kh·DIL, column ow·SW - PL + kw·DIL; PAD in
// every element of a tap outside the input.
// Columns of KH taps are read from the line buffer, one a cycle, and shifted through the window. Windows that reach
// past the right edge are finished while the next window row's first columns are read, or alone where that row is not
// there yet.
// Period: max(H·W, OH·COLUMNS)·(C/LANES) cycles a frame, COLUMNS = max(columns that are read, (OW-1)·SW + 1, (columns
// windows span + 1) / 2): COLUMNS = W and the period is that of one input beat a cycle, wherever padding does not make
// the output larger than the input. First output beat 3 + ((KW-1)·DIL - PL)·(C/LANES) cycles after the last beat of the
// rows that its window row needs was accepted.
// m_* are registers; s_ready depends on registers only. Line buffer: a memory of W·(C/LANES) words a row slot, see
// qnn_line_buffer.
// Window: KH·(KW-1)·DIL·C elements of shift register. Preconditions and parameters: as qnn_window, without GROUPS.
// Instantiates: qnn_in_range, qnn_line_buffer.
`default_nettype none

module qnn_window_parallel #(
  parameter ELEM = 1,                             // bits of an element, >= 1
  parameter C = 8,                                // channels
  parameter LANES = 4,                            // elements a beat in and a tap; divides C
  parameter H = 8,                                // rows of the input
  parameter W = 8,                                // columns of the input
  parameter KH = 3,                               // rows of a window
  parameter KW = 3,                               // columns of a window
  parameter SH = 1,                               // stride along a column, >= 1
  parameter SW = 1,                               // stride along a row, >= 1
  parameter PT = 1,                               // rows of padding above, 0..(KH-1)*DIL
  parameter PL = 1,                               // columns of padding at the left, 0..(KW-1)*DIL
  parameter DIL = 1,                              // dilation: distance of the taps, >= 1
  parameter OH = 8,                               // rows of the output
  parameter OW = 8,                               // columns of the output
  parameter PAD = 0,                              // code of a tap outside the input, ELEM bits
  parameter STYLE = 0                             // memory: 0 tool's choice, 1 block, 2 distributed
) (
  input  wire                        clk,
  input  wire                        rst,
  input  wire                        s_valid,
  output wire                        s_ready,
  input  wire [LANES*ELEM-1:0]       s_data,
  output wire                        m_valid,
  input  wire                        m_ready,
  output wire [KH*KW*LANES*ELEM-1:0] m_data
);
  localparam WORD = LANES * ELEM;
  localparam CB = C / LANES;                      // beats a pixel
  localparam ROWW = W * CB;
  localparam POS_BITS = ROWW > 1 ? $clog2(ROWW) : 1;
  localparam SPAN = (KW - 1) * DIL + 1;
  localparam LEAD = SPAN - 1 - PL;                // columns before the one that completes the first window
  localparam LEFT = (OW - 1) * SW;
  localparam SPANNED = LEFT + LEAD + 1;           // columns up to the one that completes the last window
  localparam USED = SPANNED < W ? SPANNED : W;
  localparam APART = LEFT + 1 > USED ? LEFT + 1 : USED;
  localparam HALF_SPANNED = (SPANNED + 1) / 2;
  // from one window row to the next: then at most one row's windows are being finished
  localparam COLUMNS = APART > HALF_SPANNED ? APART : HALF_SPANNED;
  localparam TAIL = SPANNED - COLUMNS;            // columns by which the last window is finished later
  localparam STEPS = COLUMNS * CB;
  localparam NW = STEPS > 1 ? $clog2(STEPS) : 1;
  localparam NLAST = STEPS - 1;
  localparam BW = CB > 1 ? $clog2(CB) : 1;
  localparam BLAST = CB - 1;
  localparam AW = $clog2((LEAD > SW ? LEAD : SW) + 1);
  localparam ALAST = SW - 1;
  localparam MOST = LEFT + SPAN - 1 > PL + W ? LEFT + SPAN - 1 : PL + W;
  localparam LW = $clog2(MOST + 1);
  localparam [WORD-1:0] PADDING = {LANES{PAD[ELEM-1:0]}};

  generate
    if (ELEM < 1 || ELEM > 32 || (ELEM < 32 && PAD >> ELEM != 0)) begin : check_element
      qnn_error_window_padding_is_no_code stop ();
    end
    if (C < 1 || LANES < 1 || C % LANES != 0) begin : check_channels
      qnn_error_window_lanes_do_not_divide_the_channels stop ();
    end
    if (H < 1 || W < 1 || KH < 1 || KW < 1 || SH < 1 || SW < 1 || DIL < 1 || OH < 1 || OW < 1) begin : check_sizes
      qnn_error_window_sizes stop ();
    end
    if (PT < 0 || PL < 0 || PT > (KH - 1) * DIL || PL > SPAN - 1 || (OH - 1) * SH >= PT + H ||
        LEFT >= PL + W) begin : check_padding
      qnn_error_window_lies_in_the_padding stop ();
    end
  endgenerate

  // Stage 0: a step shifts one column's word. `reading` steps read it, columns past the last one read included;
  // `finishing` steps complete the windows of the row before, alongside or alone.
  reg  [NW-1:0] n;
  reg  [BW-1:0] block;
  // columns to the one that completes the next window of the row being read
  reg  [AW-1:0] ahead;
  // first column of the window completed next, counted from the padding's first
  reg  [LW-1:0] left;
  reg           valid_2;
  wire          ready, reading, finishing, finishes;
  wire          en = ~valid_2 | m_ready;
  wire          step = reading | finishing;
  wire          block_last = block == BLAST[BW-1:0];
  wire          row_last = n == NLAST[NW-1:0];
  wire          row_done = en & reading & row_last;
  wire [AW-1:0] ahead_next = ahead == {AW{1'b0}} ? ALAST[AW-1:0] : ahead - 1'b1;
  wire          emit = (reading & (ahead == {AW{1'b0}})) | finishes;
  wire          window_done = en & emit & block_last;

  always @(posedge clk)
    if (rst) begin
      n <= {NW{1'b0}};
      block <= {BW{1'b0}};
      ahead <= LEAD[AW-1:0];
      left <= {LW{1'b0}};
    end else begin
      if (en & reading) n <= row_last ? {NW{1'b0}} : n + 1'b1;
      if (en & step) block <= block_last ? {BW{1'b0}} : block + 1'b1;
      if (en & reading & block_last) ahead <= row_last ? LEAD[AW-1:0] : ahead_next;
      if (window_done) left <= left == LEFT[LW-1:0] ? {LW{1'b0}} : left + SW[LW-1:0];
    end

  genvar k, x, e;
  generate
    // A row begins with a column, not amid one that is shifted to finish the row before.
    if (CB > 1) begin : blocks
      reg reading_reg;
      always @(posedge clk) if (en & step) reading_reg <= reading;
      assign reading = block == {BW{1'b0}} ? ready : reading_reg;
    end else begin : one_block
      assign reading = ready;
    end
    if (TAIL > 0) begin : tail
      localparam TW = $clog2(TAIL + 1);
      reg [TW-1:0] rest;                          // columns to go
      reg [AW-1:0] after;                         // of them, to the one that completes the next window
      assign finishing = rest != {TW{1'b0}};
      assign finishes = finishing & (after == {AW{1'b0}});
      always @(posedge clk)
        if (rst) rest <= {TW{1'b0}};
        else if (row_done) rest <= TAIL[TW-1:0];
        else if (en & finishing & block_last) rest <= rest - 1'b1;
      always @(posedge clk)
        if (row_done) after <= ahead_next;
        else if (en & block_last) after <= after == {AW{1'b0}} ? ALAST[AW-1:0] : after - 1'b1;
    end else begin : no_tail
      assign finishing = 1'b0;
      assign finishes = 1'b0;
    end
  endgenerate

  wire               in_row;
  wire [KH-1:0]      present;
  wire [KH*WORD-1:0] q_1;
  generate
    if (COLUMNS > USED) begin : past_the_row
      localparam PLAST = USED * CB - 1;
      assign in_row = n <= PLAST[NW-1:0];
    end else begin : in_the_row
      assign in_row = 1'b1;
    end
  endgenerate
  wire                   unused_tap, unused_place;
  wire [NW+POS_BITS-1:0] place = {{POS_BITS{1'b0}}, n};
  assign unused_place = &{1'b0, place};
  qnn_line_buffer #(
    .WIDTH(WORD), .ROWW(ROWW), .H(H), .KH(KH), .SH(SH), .PT(PT), .DIL(DIL), .OH(OH), .CYCLES(STEPS), .PARALLEL(1),
    .STYLE(STYLE)
  ) rows (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data), .ready(ready),
    .re(en & reading & in_row), .pos(place[POS_BITS-1:0]),
    .tap_done(1'b0), .row_done(row_done), .tap_last(unused_tap), .present(present), .q(q_1));

  // Stage 1: the column read, rows that do not exist filled in; after it, the columns before.
  reg                                step_1, emit_1;
  reg  [KH-1:0]                      present_1;
  wire [KW-1:0]                      column_0;
  reg  [KW-1:0]                      column_1;
  wire [((SPAN-1)*CB+1)*KH*WORD-1:0] line;
  always @(posedge clk)
    if (rst) begin
      step_1 <= 1'b0;
      emit_1 <= 1'b0;
      valid_2 <= 1'b0;
    end else if (en) begin
      step_1 <= step;
      emit_1 <= emit;
      valid_2 <= emit_1;
    end
  always @(posedge clk)
    if (en) begin
      present_1 <= present;
      column_1 <= column_0;
    end

  reg [KH*KW*WORD-1:0] data_2;
  generate
    for (k = 0; k < KH; k = k + 1) begin : row
      assign line[k*WORD +: WORD] = present_1[k] ? q_1[k*WORD +: WORD] : PADDING;
    end
    if (SPAN > 1) begin : shift
      reg [(SPAN-1)*CB*KH*WORD-1:0] shifted;
      always @(posedge clk) if (en & step_1) shifted <= line[(SPAN-1)*CB*KH*WORD-1:0];
      assign line[((SPAN-1)*CB+1)*KH*WORD-1:KH*WORD] = shifted;
    end else begin : no_shift
      wire unused_step = &{1'b0, step_1};
    end
    if (SPAN > KW || CB > 1) begin : between
      wire unused_line = &{1'b0, line};
    end
    for (x = 0; x < KW; x = x + 1) begin : tap
      localparam DISTANCE = (KW - 1 - x) * DIL * CB;
      localparam OFFSET = x * DIL;
      wire [LW-1:0] column = left + OFFSET[LW-1:0];
      qnn_in_range #(
        .WIDTH(LW), .LOW(PL - OFFSET > 0 ? PL : 0), .SIZE(PL - OFFSET > 0 ? W : PL + W), .MOST(LEFT + OFFSET)
      ) exists (
        .value(column), .present(column_0[x]));
      for (e = 0; e < KH; e = e + 1) begin : place
        always @(posedge clk)
          if (en) data_2[(e*KW+x)*WORD +: WORD] <= column_1[x] ? line[(DISTANCE*KH+e)*WORD +: WORD] : PADDING;
      end
    end
  endgenerate
  assign m_valid = valid_2;
  assign m_data = data_2;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v.
  qnn_check_stable #(.WIDTH(KH * KW * WORD)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
