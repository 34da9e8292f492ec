// qnn_maximum: the largest of N signed values and its place; among equals the lowest place. A part of qnn_argmax.
//
// Values at or past `used` do not take part (used >= 1). A balanced tree of comparators. Combinational.
`default_nettype none

module qnn_maximum #(
  parameter N = 4,                                // values, >= 1
  parameter BITS = 8,                             // bits of a value, signed
  parameter PLACE_BITS = N > 1 ? $clog2(N) : 1    // bits of a place: leave it at its default
) (
  input  wire [N*BITS-1:0]     values,
  input  wire [N-1:0]          used,
  output wire [BITS-1:0]       value,
  output wire [PLACE_BITS-1:0] place
);
  generate
    if (N == 1) begin : one
      wire unused_flag = used;
      assign value = values;
      assign place = 1'b0;
    end else begin : node
      // the low half is full, so that a place is a bit and a place below
      localparam LOW = 1 << (PLACE_BITS - 1);
      localparam HIGH = N - LOW;
      localparam LOW_BITS = LOW > 1 ? $clog2(LOW) : 1;
      localparam HIGH_BITS = HIGH > 1 ? $clog2(HIGH) : 1;
      wire [BITS-1:0]      low, high;
      wire [LOW_BITS-1:0]  low_place;
      wire [HIGH_BITS-1:0] high_place;
      qnn_maximum #(.N(LOW), .BITS(BITS), .PLACE_BITS(LOW_BITS)) low_half (
        .values(values[LOW*BITS-1:0]), .used(used[LOW-1:0]), .value(low), .place(low_place));
      qnn_maximum #(.N(HIGH), .BITS(BITS), .PLACE_BITS(HIGH_BITS)) high_half (
        .values(values[N*BITS-1:LOW*BITS]), .used(used[N-1:LOW]), .value(high), .place(high_place));
      wire take_high = used[LOW] & ($signed(high) > $signed(low));
      assign value = take_high ? high : low;
      if (PLACE_BITS == 1) begin : pair
        wire unused_place = &{1'b0, low_place, high_place};
        assign place = take_high;
      end else begin : wide
        assign place = {take_high, take_high ? {{(PLACE_BITS-1-HIGH_BITS){1'b0}}, high_place} : low_place};
      end
    end
  endgenerate
endmodule

`default_nettype wire
