// qnn_check_queue: properties of a stage that hands words on in order. Instantiated under FORMAL by qnn_skid and
// qnn_fifo; not synthesised.
//
// A plain queue of CAPACITY words follows the handshakes. Then: a word comes out only if it went in, in order and
// unchanged; the stage never takes more than it holds; a word waits at most LATENCY cycles while the output is free;
// data is stable until taken; nothing is valid after a reset. Checked from the first reset on.
`default_nettype none

module qnn_check_queue #(
  parameter WIDTH = 2,
  parameter CAPACITY = 2,
  parameter LATENCY = 1
) (
  input wire             clk,
  input wire             rst,
  input wire             s_valid,
  input wire             s_ready,
  input wire [WIDTH-1:0] s_data,
  input wire             m_valid,
  input wire             m_ready,
  input wire [WIDTH-1:0] m_data
);
  reg armed = 1'b0, was_held = 1'b0, was_reset = 1'b0;
  reg [WIDTH-1:0] was_data;
  reg [7:0] count = 8'd0, idle = 8'd0;
  reg [(CAPACITY+1)*WIDTH-1:0] queue;
  wire put = s_valid & s_ready, get = m_valid & m_ready;
  wire [7:0] kept = count - {7'd0, get};
  wire [(CAPACITY+1)*WIDTH-1:0] left = get ? queue >> WIDTH : queue;
  integer i;

  always @(posedge clk) begin
    armed <= armed | rst;
    was_reset <= rst;
    was_held <= m_valid & ~m_ready & ~rst;
    was_data <= m_data;
    idle <= rst | m_valid | count == 8'd0 ? 8'd0 : idle + 8'd1;
    count <= rst ? 8'd0 : kept + {7'd0, put};
    queue <= left;
    for (i = 0; i <= CAPACITY; i = i + 1)
      if (put && kept == i) queue[i*WIDTH +: WIDTH] <= s_data;
  end

  always @* begin
    if (armed) begin
      if (was_reset) assert (!m_valid && count == 8'd0);
      if (m_valid) assert (count != 8'd0 && m_data == queue[WIDTH-1:0]);
      assert (count <= CAPACITY);
      assert (idle < LATENCY);
      if (was_held) assert (m_valid && m_data == was_data);
    end
  end
endmodule

`default_nettype wire
