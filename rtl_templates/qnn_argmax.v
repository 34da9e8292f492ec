// qnn_argmax: index of the largest of COUNT signed values, the lowest among equals; on request the values beside it.
//
// A vector arrives in ceil(COUNT/LANES) beats, value i in beat i / LANES; padding lanes are ignored. One beat a cycle;
// the result is valid three cycles after the last beat. m_* are registers; s_ready depends on m_ready.
// m_data: index in the lowest IDX = max(1, clog2(COUNT)) bits; VALUES = 1: then value 0, value 1, ..., BITS bits each.
// Instantiates: qnn_maximum.
`default_nettype none

module qnn_argmax #(
  parameter COUNT = 10,                           // values of a vector, >= 1
  parameter LANES = 1,                            // values a beat, 1..COUNT
  parameter BITS = 16,                            // bits of a value, signed
  parameter VALUES = 0,                           // 1: the values beside the index
  parameter IDX = COUNT > 1 ? $clog2(COUNT) : 1   // bits of the index: leave it at its default
) (
  input  wire                                          clk,
  input  wire                                          rst,
  input  wire                                          s_valid,
  output wire                                          s_ready,
  input  wire [LANES*BITS-1:0]                         s_data,
  output wire                                          m_valid,
  input  wire                                          m_ready,
  output wire [IDX+(VALUES != 0 ? COUNT*BITS : 0)-1:0] m_data
);
  localparam BEATS = (COUNT + LANES - 1) / LANES;
  localparam BEAT_BITS = BEATS > 1 ? $clog2(BEATS) : 1;
  localparam BLAST = BEATS - 1;
  localparam REST = COUNT - BLAST * LANES;        // values in the last beat
  localparam PLACE_BITS = LANES > 1 ? $clog2(LANES) : 1;

  generate
    if (COUNT < 1 || LANES < 1 || LANES > COUNT || BITS < 1 || IDX != (COUNT > 1 ? $clog2(COUNT) : 1)) begin : check
      qnn_error_argmax_count_lanes_or_bits stop ();
    end
  endgenerate

  reg                   valid_1, valid_2, valid_3;
  reg                   first_1, last_1, first_2, last_2;
  reg  [BEAT_BITS-1:0]  beat, beat_1;
  reg  [LANES*BITS-1:0] data_1;
  reg  [BITS-1:0]       value_2, best;
  reg  [IDX-1:0]        index_2, index;
  wire [BITS-1:0]       value_1;
  wire [PLACE_BITS-1:0] place_1;
  wire [LANES-1:0]      used_1;
  wire                  en = ~valid_3 | m_ready;
  wire                  beat_last = beat == BLAST[BEAT_BITS-1:0];

  always @(posedge clk)
    if (rst) begin
      beat <= {BEAT_BITS{1'b0}};
      valid_1 <= 1'b0;
      valid_2 <= 1'b0;
      valid_3 <= 1'b0;
    end else if (en) begin
      valid_1 <= s_valid;
      valid_2 <= valid_1;
      valid_3 <= valid_2 & last_2;
      if (s_valid) beat <= beat_last ? {BEAT_BITS{1'b0}} : beat + 1'b1;
    end

  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : lane
      assign used_1[i] = i < REST ? 1'b1 : ~last_1;
    end
  endgenerate
  qnn_maximum #(.N(LANES), .BITS(BITS), .PLACE_BITS(PLACE_BITS)) of_beat (
    .values(data_1), .used(used_1), .value(value_1), .place(place_1));

  // Wide enough for the padding lanes of the last beat too; those never win.
  localparam FULL = BEAT_BITS + PLACE_BITS + 1;
  wire [FULL-1:0] index_1 = {{(FULL-BEAT_BITS){1'b0}}, beat_1} * LANES[FULL-1:0] + {{(FULL-PLACE_BITS){1'b0}}, place_1};
  wire            unused_index = &{1'b0, index_1};

  always @(posedge clk)
    if (en) begin
      data_1 <= s_data;
      beat_1 <= beat;
      first_1 <= beat == {BEAT_BITS{1'b0}};
      last_1 <= beat_last;
      first_2 <= first_1;
      last_2 <= last_1;
      value_2 <= value_1;
      index_2 <= index_1[IDX-1:0];
      if (valid_2 & (first_2 | ($signed(value_2) > $signed(best)))) begin
        best <= value_2;
        index <= index_2;
      end
    end

  assign s_ready = en & ~rst;
  assign m_valid = valid_3;
  assign m_data[IDX-1:0] = index;
  generate
    if (VALUES != 0) begin : values
      reg  [LANES*BITS-1:0]       data_2;
      reg  [BEATS*LANES*BITS-1:0] kept;
      wire [BEATS*LANES*BITS-1:0] keep;
      always @(posedge clk)
        if (en) begin
          data_2 <= data_1;
          if (valid_2) kept <= keep;
        end
      if (BEATS > 1) begin : shift
        assign keep = {data_2, kept[BEATS*LANES*BITS-1:LANES*BITS]};
      end else begin : load
        assign keep = data_2;
      end
      wire unused_kept = &{1'b0, kept};
      assign m_data[IDX+COUNT*BITS-1:IDX] = kept[COUNT*BITS-1:0];
    end
  endgenerate

`ifdef FORMAL
  // Valid and stable until taken, nothing valid after a reset; see tests/formal/qnn_check_stable.v.
  qnn_check_stable #(.WIDTH(IDX + (VALUES != 0 ? COUNT * BITS : 0))) check_stable (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
`endif
endmodule

`default_nettype wire
