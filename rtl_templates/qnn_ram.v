// qnn_ram: simple dual-port memory, one write port, one registered read port. A part of qnn_fifo and qnn_replay.
//
// q holds the word at raddr as of the last edge with re = 1. Precondition: no read of an address at the edge that
// writes it.
`default_nettype none

module qnn_ram #(
  parameter WIDTH = 8,                            // bits of a word, >= 1
  parameter DEPTH = 16,                           // words, >= 1
  parameter AW = 4,                               // address bits, max(1, clog2(DEPTH))
  parameter STYLE = 0                             // memory: 0 tool's choice, 1 block, 2 distributed
) (
  input  wire             clk,
  input  wire             we,
  input  wire [AW-1:0]    waddr,
  input  wire [WIDTH-1:0] wdata,
  input  wire             re,
  input  wire [AW-1:0]    raddr,
  output wire [WIDTH-1:0] q
);
  // An attribute cannot be chosen by a parameter in all tools, hence three copies of the declaration.
  generate
    if (STYLE == 1) begin : block
      (* ram_style = "block", no_rw_check *) reg [WIDTH-1:0] mem [0:DEPTH-1];
      reg [WIDTH-1:0] q_reg;
      always @(posedge clk) begin
        if (we) mem[waddr] <= wdata;
        if (re) q_reg <= mem[raddr];
      end
      assign q = q_reg;
    end else if (STYLE == 2) begin : distributed
      (* ram_style = "distributed", no_rw_check *) reg [WIDTH-1:0] mem [0:DEPTH-1];
      reg [WIDTH-1:0] q_reg;
      always @(posedge clk) begin
        if (we) mem[waddr] <= wdata;
        if (re) q_reg <= mem[raddr];
      end
      assign q = q_reg;
    end else begin : auto
      (* no_rw_check *) reg [WIDTH-1:0] mem [0:DEPTH-1];
      reg [WIDTH-1:0] q_reg;
      always @(posedge clk) begin
        if (we) mem[waddr] <= wdata;
        if (re) q_reg <= mem[raddr];
      end
      assign q = q_reg;
    end
  endgenerate
endmodule

`default_nettype wire
