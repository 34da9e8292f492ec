// qnn_egress: a result (index, values) and its frame's report to AXI4-Stream.
//
// A result leaves in (IDX > 0) + COUNT beats: the index, zero-extended, then each value, sign-extended; tlast on the
// last beat, tuser = the frame's report (1: its input had the wrong length) on all. A result leaves when its report is
// there. Latency 1, one beat a cycle; m_axis_* are registers; s_ready and e_ready depend on the other stream's valid
// and on m_axis_tready.
`default_nettype none

module qnn_egress #(
  parameter IDX = 4,                              // bits of the index; 0: no index
  parameter BITS = 16,                            // bits of a value, signed
  parameter COUNT = 0,                            // values; 0: none
  parameter DATA = 8                              // bits of tdata: whole bytes, at least IDX and BITS
) (
  input  wire                      clk,
  input  wire                      rst,
  input  wire                      s_valid,
  output wire                      s_ready,
  input  wire [IDX+COUNT*BITS-1:0] s_data,
  input  wire                      e_valid,
  output wire                      e_ready,
  input  wire                      e_data,
  output wire [DATA-1:0]           m_axis_tdata,
  output wire                      m_axis_tvalid,
  input  wire                      m_axis_tready,
  output wire                      m_axis_tlast,
  output wire                      m_axis_tuser
);
  localparam HEAD = IDX > 0 ? 1 : 0;
  localparam BEATS = HEAD + COUNT;
  localparam LW = $clog2(BEATS + 1);

  generate
    if (IDX < 0 || COUNT < 0 || BEATS < 1 || BITS < 1 || DATA % 8 != 0 || DATA < IDX ||
        (COUNT > 0 && DATA < BITS)) begin : check
      qnn_error_egress_index_values_or_data_width stop ();
    end
  endgenerate

  reg  [BEATS*DATA-1:0] hold;
  reg  [LW-1:0]         left;                     // beats in `hold`
  reg                   valid_reg, last_reg, bad_reg;
  wire [BEATS*DATA-1:0] beats, moved;
  wire                  sent = valid_reg & m_axis_tready;
  wire                  take = s_valid & e_valid & ~rst & (~valid_reg | (last_reg & m_axis_tready));
  wire [LW-1:0]         left_next = take ? BEATS[LW-1:0] : left - {{(LW-1){1'b0}}, sent};

  genvar i;
  generate
    if (HEAD == 1) begin : index
      assign beats[DATA-1:0] = {{(DATA-IDX){1'b0}}, s_data[IDX-1:0]};
    end
    for (i = 0; i < COUNT; i = i + 1) begin : value
      assign beats[(HEAD+i)*DATA +: DATA] = {{(DATA-BITS){s_data[IDX+i*BITS+BITS-1]}}, s_data[IDX+i*BITS +: BITS]};
    end
    if (BEATS > 1) begin : several
      assign moved = {{DATA{1'b0}}, hold[BEATS*DATA-1:DATA]};
    end else begin : single
      assign moved = hold;
    end
  endgenerate

  always @(posedge clk)
    if (rst) begin
      left <= {LW{1'b0}};
      valid_reg <= 1'b0;
    end else begin
      left <= left_next;
      valid_reg <= left_next != {LW{1'b0}};
    end
  always @(posedge clk) begin
    last_reg <= left_next == {{(LW-1){1'b0}}, 1'b1};
    if (take) bad_reg <= e_data;
    if (take | sent) hold <= take ? beats : moved;
  end

  assign s_ready = take;
  assign e_ready = take;
  assign m_axis_tdata = hold[DATA-1:0];
  assign m_axis_tvalid = valid_reg;
  assign m_axis_tlast = last_reg;
  assign m_axis_tuser = bad_reg;

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v.
  qnn_check_stable #(.WIDTH(DATA + 2)) check_stable (
    .clk(clk), .rst(rst), .valid(m_axis_tvalid), .ready(m_axis_tready), .data({m_axis_tuser, m_axis_tlast,
    m_axis_tdata}));
`endif
endmodule

`default_nettype wire
