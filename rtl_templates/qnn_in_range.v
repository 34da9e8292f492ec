// qnn_in_range: present = LOW <= value < LOW + SIZE, for a value that never exceeds MOST; comparisons that always hold
// cost nothing. Combinational.
`default_nettype none

module qnn_in_range #(
  parameter WIDTH = 4,                            // bits of the value
  parameter LOW = 1,                              // first value in the range
  parameter SIZE = 8,                             // values in the range
  parameter MOST = 9                              // largest value that occurs
) (
  input  wire [WIDTH-1:0] value,
  output wire             present
);
  localparam HIGH = LOW + SIZE;
  wire above, below;
  generate
    if (LOW > 0) begin : low
      assign above = value >= LOW[WIDTH-1:0];
    end else begin : no_low
      assign above = 1'b1;
    end
    if (HIGH <= MOST) begin : high
      assign below = value < HIGH[WIDTH-1:0];
    end else begin : no_high
      assign below = 1'b1;
    end
    if (LOW <= 0 && HIGH > MOST) begin : always_present
      wire unused_value = &{1'b0, value};
    end
  endgenerate
  assign present = above & below;
endmodule

`default_nettype wire
