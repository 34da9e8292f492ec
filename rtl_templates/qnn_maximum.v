// qnn_maximum: the largest of N signed values and its place; among equals the lowest place. A part of qnn_argmax.
//
// Values at or past `used` do not take part (used >= 1). A balanced tree of comparators. Combinational. PW = max(1, clog2(N)).
`default_nettype none

module qnn_maximum #(
  parameter N = 4,
  parameter BITS = 8,
  parameter PW = N > 1 ? $clog2(N) : 1
) (
  input  wire [N*BITS-1:0] values,
  input  wire [N-1:0]      used,
  output wire [BITS-1:0]   value,
  output wire [PW-1:0]     place
);
  generate
    if (N == 1) begin : one
      wire unused_flag = used;
      assign value = values;
      assign place = 1'b0;
    end else begin : node
      localparam A = 1 << (PW - 1);               // the low half is full, so that a place is a bit and a place below
      localparam B = N - A;
      localparam AW = A > 1 ? $clog2(A) : 1;
      localparam BW = B > 1 ? $clog2(B) : 1;
      wire [BITS-1:0] low, high;
      wire [AW-1:0]   low_place;
      wire [BW-1:0]   high_place;
      qnn_maximum #(.N(A), .BITS(BITS), .PW(AW)) low_half (
        .values(values[A*BITS-1:0]), .used(used[A-1:0]), .value(low), .place(low_place));
      qnn_maximum #(.N(B), .BITS(BITS), .PW(BW)) high_half (
        .values(values[N*BITS-1:A*BITS]), .used(used[N-1:A]), .value(high), .place(high_place));
      wire take_high = used[A] & ($signed(high) > $signed(low));
      assign value = take_high ? high : low;
      if (PW == 1) begin : pair
        wire unused_place = &{1'b0, low_place, high_place};
        assign place = take_high;
      end else begin : wide
        assign place = {take_high, take_high ? {{(PW-1-BW){1'b0}}, high_place} : low_place};
      end
    end
  endgenerate
endmodule

`default_nettype wire
