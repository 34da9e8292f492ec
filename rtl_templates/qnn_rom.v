// qnn_rom: memory with a registered read, for weights, thresholds and constants.
//
// Builds (macros, for the whole design): none: contents from FILE; QNN_ROM_PORT: no contents, written through the
// configuration bus; QNN_ROM_BLACKBOX: a black box whose bits are reported apart.
// Image: one hexadecimal word a line, most significant digit first, exactly DEPTH lines, no comments. A missing, short
// or long image ends the simulation with a non-zero status.
// Latency 1: q holds the word of the address that was present at the last clock edge with en = 1.
// A write takes place at an edge with cfg_we = 1; reading the same address at that edge is undefined.
// Instantiates: qnn_ram.
`default_nettype none

`ifdef QNN_ROM_BLACKBOX
(* blackbox *)
`endif
module qnn_rom #(
  parameter WIDTH = 8,                            // bits of a word, >= 1
  parameter DEPTH = 16,                           // words, >= 1
  parameter AW = 4,                               // address bits, max(1, clog2(DEPTH))
  parameter FILE = "",                            // memory image
  parameter STYLE = 0,                            // memory: 0 tool's choice, 1 block, 2 distributed
  parameter CFG_AW = 1,                           // address bits of the configuration bus; QNN_ROM_PORT: >= AW
  parameter CFG_DW = 1                            // data bits of the configuration bus; QNN_ROM_PORT: >= WIDTH
) (
  input  wire              clk,
  input  wire              en,
  input  wire [AW-1:0]     addr,
  output wire [WIDTH-1:0]  q,
  input  wire              cfg_we,
  input  wire [CFG_AW-1:0] cfg_addr,
  input  wire [CFG_DW-1:0] cfg_data
);
`ifndef QNN_ROM_BLACKBOX
  localparam SHAPED = WIDTH >= 1 && DEPTH >= 1 && AW == (DEPTH > 1 ? $clog2(DEPTH) : 1) && STYLE >= 0 && STYLE <= 2;

`ifdef QNN_ROM_PORT
  generate
    if (!SHAPED) begin : check_shape
      qnn_error_rom_width_depth_address_width_or_style stop ();
    end
    if (CFG_AW < AW || CFG_DW < WIDTH) begin : check_bus
      qnn_error_rom_configuration_bus_is_narrower_than_the_memory stop ();
    end
  endgenerate
  qnn_ram #(.WIDTH(WIDTH), .DEPTH(DEPTH), .AW(AW), .STYLE(STYLE)) words (
    .clk(clk), .we(cfg_we), .waddr(cfg_addr[AW-1:0]), .wdata(cfg_data[WIDTH-1:0]), .re(en), .raddr(addr), .q(q));
  // The bus is as wide as the widest memory; this one may use less of it, and no image.
  wire unused_bus = &{1'b0, cfg_addr, cfg_data, FILE != ""};
`else
  // The same memory under three attributes: an attribute cannot be chosen by a parameter in all tools.
  generate
    if (!SHAPED) begin : check_shape
      qnn_error_rom_width_depth_address_width_or_style stop ();
    end else if (STYLE == 1) begin : block
      (* ram_style = "block" *) reg [WIDTH-1:0] mem [0:DEPTH-1];
      reg [WIDTH-1:0] q_reg;
      initial $readmemh(FILE, mem);
      always @(posedge clk) if (en) q_reg <= mem[addr];
      assign q = q_reg;
    end else if (STYLE == 2) begin : distributed
      (* ram_style = "distributed" *) reg [WIDTH-1:0] mem [0:DEPTH-1];
      reg [WIDTH-1:0] q_reg;
      initial $readmemh(FILE, mem);
      always @(posedge clk) if (en) q_reg <= mem[addr];
      assign q = q_reg;
    end else begin : auto
      reg [WIDTH-1:0] mem [0:DEPTH-1];
      reg [WIDTH-1:0] q_reg;
      initial $readmemh(FILE, mem);
      always @(posedge clk) if (en) q_reg <= mem[addr];
      assign q = q_reg;
    end
  endgenerate
  wire unused_bus = &{1'b0, cfg_we, cfg_addr, cfg_data};

`ifndef SYNTHESIS
  // $readmemh only warns in some simulators: count the words.
  integer image, words, got;
  reg [WIDTH-1:0] unused_word;
  initial begin
    image = $fopen(FILE, "r");
    if (image == 0) $fatal(1, "qnn_rom: cannot open memory image '%0s'", FILE);
    else begin
      words = 0;
      got = 1;
      while (got == 1) begin
        got = $fscanf(image, "%h", unused_word);
        if (got == 1) words = words + 1;
      end
      $fclose(image);
      if (words != DEPTH) $fatal(1, "qnn_rom: '%0s' holds %0d words, %0d expected", FILE, words, DEPTH);
    end
  end
`endif
`endif
`endif
endmodule

`default_nettype wire
