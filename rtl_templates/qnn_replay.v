// qnn_replay: holds an input vector of SF beats and plays it NF times. The front of every matrix-vector unit.
//
// Output, one beat a cycle while `en`: x with valid, first (beat 0 of a pass), last (beat SF-1); all registered, one
// cycle after the beat was issued. Vectors belong to groups 0, 1, .., GROUPS-1 in turn. word_addr = (g·NF + nf)·SF + sf
// of the beat being issued now (for a memory whose registered read then meets x); fold_addr = g·NF + nf of the beat in
// x (for a memory whose word is wanted one cycle after x).
// NF > 1: two banks, so that the next vector enters while this one is played: a period of SF·NF cycles whatever the
// neighbours do, as long as they are no slower. The first pass starts with the first stored beat. NF = 1: a skid
// register, nothing is stored.
// s_ready is a register; the stage stops on en = 0, its input does not.
// Instantiates: qnn_ram, qnn_skid.
`default_nettype none

module qnn_replay #(
  parameter WIDTH = 8,                            // bits of a beat
  parameter SF = 4,                               // beats of a vector, >= 1
  parameter NF = 4,                               // times that it is played, >= 1
  parameter GROUPS = 1,                           // groups that vectors belong to in turn, >= 1
  parameter STYLE = 0,                            // banks: 0 tool's choice, 1 block, 2 distributed
  // bits of word_addr: leave it at its default
  parameter WORD_AW = GROUPS * SF * NF > 1 ? $clog2(GROUPS * SF * NF) : 1,
  // bits of fold_addr: leave it at its default
  parameter FOLD_AW = GROUPS * NF > 1 ? $clog2(GROUPS * NF) : 1
) (
  input  wire               clk,
  input  wire               rst,
  input  wire               s_valid,
  output wire               s_ready,
  input  wire [WIDTH-1:0]   s_data,
  input  wire               en,
  output wire               valid,
  output wire               first,
  output wire               last,
  output wire [WIDTH-1:0]   x,
  output wire [WORD_AW-1:0] word_addr,
  output wire [FOLD_AW-1:0] fold_addr
);
  localparam BEAT_AW = SF > 1 ? $clog2(SF) : 1;
  localparam SLAST = SF - 1;
  localparam FLAST = GROUPS * NF - 1;

  reg  [BEAT_AW-1:0] sf;
  reg  [WORD_AW-1:0] word;
  reg  [FOLD_AW-1:0] fold, fold_reg;              // pass of the frame, of the beat being issued and of the one in x
  reg                valid_reg, first_reg, last_reg;
  wire               go;
  wire               sf_last = sf == SLAST[BEAT_AW-1:0];
  wire               fold_last = fold == FLAST[FOLD_AW-1:0];

  always @(posedge clk)
    if (rst) begin
      sf <= {BEAT_AW{1'b0}};
      word <= {WORD_AW{1'b0}};
      fold <= {FOLD_AW{1'b0}};
      valid_reg <= 1'b0;
    end else if (en) begin
      valid_reg <= go;
      if (go) begin
        sf <= sf_last ? {BEAT_AW{1'b0}} : sf + 1'b1;
        word <= sf_last & fold_last ? {WORD_AW{1'b0}} : word + 1'b1;
        if (sf_last) fold <= fold_last ? {FOLD_AW{1'b0}} : fold + 1'b1;
      end
    end

  always @(posedge clk)
    if (en) begin
      first_reg <= sf == {BEAT_AW{1'b0}};
      last_reg <= sf_last;
      fold_reg <= fold;
    end

  assign valid = valid_reg;
  assign first = first_reg;
  assign last = last_reg;
  assign word_addr = word;
  assign fold_addr = fold_reg;

  generate
    if (WIDTH < 1 || SF < 1 || NF < 1 || GROUPS < 1) begin : check
      qnn_error_replay_needs_width_beats_and_passes stop ();
    end
    if (NF == 1) begin : once
      wire             in_valid;
      wire [WIDTH-1:0] in_data;
      reg  [WIDTH-1:0] x_reg;
      qnn_skid #(.WIDTH(WIDTH)) front (.clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
                                       .m_valid(in_valid), .m_ready(en), .m_data(in_data));
      always @(posedge clk) if (en) x_reg <= in_data;
      assign go = in_valid;
      assign x = x_reg;
    end else begin : banks
      reg  [BEAT_AW-1:0] write_sf;
      reg                write_bank, read_bank;
      reg                open;
      reg  [1:0]         stored;                  // whole vectors in the banks, the one being played included
      wire               write = s_valid & s_ready;
      wire               write_last = write_sf == SLAST[BEAT_AW-1:0];
      wire               fill = write & write_last;
      wire               nf_last;
      wire               release_bank = en & go & sf_last & nf_last;

      assign s_ready = open & ~stored[1];
      // With no whole vector stored, the bank being played is the one being written.
      assign go = (stored != 2'd0) | (sf != write_sf);

      always @(posedge clk)
        if (rst) begin
          open <= 1'b0;
          write_sf <= {BEAT_AW{1'b0}};
          write_bank <= 1'b0;
          read_bank <= 1'b0;
          stored <= 2'd0;
        end else begin
          open <= 1'b1;
          if (write) write_sf <= write_last ? {BEAT_AW{1'b0}} : write_sf + 1'b1;
          if (fill) write_bank <= ~write_bank;
          if (release_bank) read_bank <= ~read_bank;
          if (fill != release_bank) stored <= fill ? stored + 2'd1 : stored - 2'd1;
        end
      if (GROUPS > 1) begin : groups
        localparam PASS_BITS = $clog2(NF);
        localparam NLAST = NF - 1;
        reg [PASS_BITS-1:0] nf;                   // pass of the vector
        assign nf_last = nf == NLAST[PASS_BITS-1:0];
        always @(posedge clk)
          if (rst) nf <= {PASS_BITS{1'b0}};
          else if (en & go & sf_last) nf <= nf_last ? {PASS_BITS{1'b0}} : nf + 1'b1;
      end else begin : one_group
        assign nf_last = fold_last;
      end

      if (SF > 1) begin : vectors
        qnn_ram #(.WIDTH(WIDTH), .DEPTH(2 << BEAT_AW), .AW(BEAT_AW + 1), .STYLE(STYLE)) words (
          .clk(clk), .we(write), .waddr({write_bank, write_sf}), .wdata(s_data), .re(en), .raddr({read_bank, sf}),
          .q(x));
      end else begin : beats
        qnn_ram #(.WIDTH(WIDTH), .DEPTH(2), .AW(1), .STYLE(STYLE)) words (
          .clk(clk), .we(write), .waddr(write_bank), .wdata(s_data), .re(en), .raddr(read_bank), .q(x));
      end
    end
  endgenerate
endmodule

`default_nettype wire
