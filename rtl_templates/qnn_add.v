// qnn_add: element-wise sum of two streams: m = s0 + s1, beat by beat.
//
// Elements of s0 have A0BITS, of s1 A1BITS: two's complement where SIGNED, else unsigned. BIPOLAR: one-bit elements
// mean -1 (0) and +1 (1): 1 both streams, 2 only s0, 3 only s1, 0 none. The sum has OBITS, two's complement where
// SIGNED or BIPOLAR, else unsigned; OBITS holds every sum: both bipolar 3 (-2, 0, 2); both signed, or both unsigned,
// max(A0BITS, A1BITS) + 1; otherwise as if the unsigned operand had one bit more and the bipolar one two.
// A beat of each is taken at the same edge, when both are there. Latency 1, one beat a cycle. m_* are registers; a
// stream's ready depends on the other's valid and on m_ready.
`default_nettype none

module qnn_add #(
  parameter LANES = 4,                            // elements a beat, >= 1
  parameter A0BITS = 4,                           // bits of an element of s0
  parameter A1BITS = 4,                           // bits of an element of s1
  parameter OBITS = 5,                            // bits of a sum, holds every one
  parameter SIGNED = 0,                           // 1: both operands and the sum in two's complement
  parameter BIPOLAR = 0                           // one-bit operands that mean ±1: 0 none, 1 both, 2 s0, 3 s1
) (
  input  wire                    clk,
  input  wire                    rst,
  input  wire                    s0_valid,
  output wire                    s0_ready,
  input  wire [LANES*A0BITS-1:0] s0_data,
  input  wire                    s1_valid,
  output wire                    s1_ready,
  input  wire [LANES*A1BITS-1:0] s1_data,
  output wire                    m_valid,
  input  wire                    m_ready,
  output wire [LANES*OBITS-1:0]  m_data
);
  localparam PM0 = BIPOLAR == 1 || BIPOLAR == 2 ? 1 : 0;
  localparam PM1 = BIPOLAR == 1 || BIPOLAR == 3 ? 1 : 0;
  localparam SPARE = SIGNED == 0 && BIPOLAR != 0 ? 1 : 0; // an unsigned operand of a signed sum
  localparam W0 = PM0 != 0 ? 2 : A0BITS + SPARE;
  localparam W1 = PM1 != 0 ? 2 : A1BITS + SPARE;

  reg                    valid_reg;
  reg  [LANES*OBITS-1:0] sum_reg;
  wire                   en = ~valid_reg | m_ready;
  always @(posedge clk)
    if (rst) valid_reg <= 1'b0;
    else if (en) valid_reg <= s0_valid & s1_valid;

  genvar i;
  generate
    if (LANES < 1 || A0BITS < 1 || A1BITS < 1 || BIPOLAR < 0 || BIPOLAR > 3 || (PM0 != 0 && A0BITS != 1) ||
        (PM1 != 0 && A1BITS != 1)) begin : check
      qnn_error_add_lanes_or_operand_bits stop ();
    end else if (OBITS < (W0 > W1 ? W0 : W1) + 1) begin : check_sum
      qnn_error_add_sum_does_not_fit stop ();
    end else begin : lanes
      for (i = 0; i < LANES; i = i + 1) begin : lane
        wire [A0BITS-1:0] a0 = s0_data[i*A0BITS +: A0BITS];
        wire [A1BITS-1:0] a1 = s1_data[i*A1BITS +: A1BITS];
        wire [OBITS-1:0]  x0, x1;
        if (PM0 != 0) begin : bipolar_0
          assign x0 = {{(OBITS-1){~a0[0]}}, 1'b1};
        end else begin : number_0
          assign x0 = {{(OBITS-A0BITS){SIGNED != 0 ? a0[A0BITS-1] : 1'b0}}, a0};
        end
        if (PM1 != 0) begin : bipolar_1
          assign x1 = {{(OBITS-1){~a1[0]}}, 1'b1};
        end else begin : number_1
          assign x1 = {{(OBITS-A1BITS){SIGNED != 0 ? a1[A1BITS-1] : 1'b0}}, a1};
        end
        always @(posedge clk) if (en) sum_reg[i*OBITS +: OBITS] <= x0 + x1;
      end
    end
  endgenerate

  assign s0_ready = en & s1_valid & ~rst;
  assign s1_ready = en & s0_valid & ~rst;
  assign m_valid = valid_reg;
  assign m_data = sum_reg;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v. Beats are taken in
  // pairs.
  qnn_check_stable #(.WIDTH(LANES * OBITS)) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
  always @* assert ((s0_valid & s0_ready) == (s1_valid & s1_ready));
`endif
endmodule

`default_nettype wire
