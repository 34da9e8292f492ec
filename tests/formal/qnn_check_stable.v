// qnn_check_stable: handshake properties of an output stream. Instantiated under FORMAL by the templates; not
// synthesised.
//
// From the first reset on: what is valid stays valid and unchanged until it is taken or a reset comes; nothing is valid
// after a reset.
`default_nettype none

module qnn_check_stable #(
  parameter WIDTH = 2
) (
  input wire             clk,
  input wire             rst,
  input wire             valid,
  input wire             ready,
  input wire [WIDTH-1:0] data
);
  reg armed = 1'b0, was_held = 1'b0, was_reset = 1'b0;
  reg [WIDTH-1:0] was_data;

  always @(posedge clk) begin
    armed <= armed | rst;
    was_reset <= rst;
    was_held <= valid & ~ready & ~rst;
    was_data <= data;
  end

  always @*
    if (armed) begin
      if (was_reset) assert (!valid);
      if (was_held) assert (valid && data == was_data);
    end
endmodule

`default_nettype wire
