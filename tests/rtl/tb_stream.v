// Bench for any module with one input and one output stream: plays in.hex, compares with out.hex under mask.hex.
//
// case.vh (written by rtl_case beside the images) defines IN_BITS, OUT_BITS, IN_BEATS, OUT_BEATS (all frames), FRAMES
// and PERIOD (expected cycles a frame without stalls, 0: not checked), and dut.v holds the module `dut`. Each phase
// begins with part of the input and a reset in the middle of it; then all frames follow back to back under that phase's
// share of stalls. Checked: every bit the mask selects, data stable until taken, valid low in reset, no word too many,
// the period within 1 %. A failure ends with a non-zero status.
`include "case.vh"
`timescale 1ns/1ns
module tb;
  reg clk = 0, rst = 1;
  reg s_valid = 0, m_ready = 0;
  reg [`IN_BITS-1:0] s_data = 0;
  wire s_ready, m_valid;
  wire [`OUT_BITS-1:0] m_data;
  dut dut (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
    .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));

  reg [`IN_BITS-1:0] in [0:`IN_BEATS-1];
  reg [`OUT_BITS-1:0] out [0:`OUT_BEATS-1];
  reg [`OUT_BITS-1:0] mask [0:`OUT_BEATS-1];
  integer phase, in_share, out_share, in_next, in_limit, out_next, cycle, quiet, seed, started;
  integer mark_beat, mark_cycle, end_cycle;
  reg checking, held, stable_valid;
  reg [`OUT_BITS-1:0] stable_data;

  always #5 clk = ~clk;

  function integer chance(input integer percent);
    begin
      chance = ($urandom(seed) % 100) < percent;
      seed = seed + 1;
    end
  endfunction

  // Inputs change at the falling edge, everything is looked at on the rising one.
  always @(negedge clk) begin
    if (!held) begin
      s_valid = 0;
      s_data = ~s_data;
      if (!rst && in_next < in_limit && chance(in_share) != 0) begin
        s_valid = 1;
        s_data = in[in_next];
      end
    end
    m_ready = !rst && chance(out_share) != 0;
  end

  always @(posedge clk) begin
    cycle <= cycle + 1;
    held = 0;
    if (rst) begin
      if (m_valid !== 1'b0 && cycle > 1) $fatal(1, "phase %0d: valid in reset", phase);
      stable_valid <= 0;
    end else begin
      if (s_ready === 1'bx || m_valid === 1'bx) $fatal(1, "phase %0d: handshake is unknown", phase);
      if (s_valid && s_ready) in_next = in_next + 1;
      else held = s_valid;
      if (stable_valid && (!m_valid || m_data !== stable_data))
        $fatal(1, "phase %0d: output changed before it was taken", phase);
      stable_valid <= m_valid && !m_ready;
      stable_data <= m_data;
      quiet = m_valid ? 0 : quiet + 1;
      if (checking && m_valid && m_ready) begin
        if (out_next == `OUT_BEATS) $fatal(1, "phase %0d: a word too many", phase);
        if (((m_data ^ out[out_next]) & mask[out_next]) !== {`OUT_BITS{1'b0}} && mask[out_next] !== {`OUT_BITS{1'b0}})
          $fatal(1, "phase %0d beat %0d: %h, expected %h under %h",
                 phase, out_next, m_data, out[out_next], mask[out_next]);
        if (out_next == mark_beat) mark_cycle = cycle;
        end_cycle = cycle;
        out_next = out_next + 1;
      end
    end
  end

  task run_phase(input integer number, input integer in_percent, input integer out_percent);
    begin
      phase = number;
      in_share = in_percent;
      out_share = out_percent;
      checking = 0;
      in_next = 0;
      in_limit = 1 + $urandom(seed) % `IN_BEATS;
      seed = seed + 1;
      repeat (20 + 2 * in_limit) @(negedge clk);
      @(negedge clk) rst = 1;
      held = 0;
      s_valid = 0;
      cycle = 0;
      in_limit = 0;
      repeat (3) @(negedge clk);
      in_next = 0;
      out_next = 0;
      quiet = 0;
      rst = 0;
      checking = 1;
      in_limit = `IN_BEATS;
      while (out_next < `OUT_BEATS) begin
        @(negedge clk);
        if (cycle > 100 * (`IN_BEATS + `OUT_BEATS + `FRAMES * `PERIOD) + 10000)
          $fatal(1, "phase %0d: stuck at beat %0d", phase, out_next);
      end
      // The end of a frame may be input that no output needs; it is taken all the same.
      cycle = 0;
      while (in_next < `IN_BEATS && cycle < 100 * `IN_BEATS + 40) @(negedge clk);
      repeat (40) @(negedge clk);
      if (in_next != `IN_BEATS) $fatal(1, "phase %0d: input left over", phase);
      checking = 0;
    end
  endtask

  initial begin
    seed = 1;
    held = 0;
    cycle = 0;
    stable_valid = 0;
    quiet = 0;
    checking = 0;
    in_limit = 0;
    in_next = 0;
    out_next = 0;
    // The period is taken from the end of frame 3 to the end of the last.
    mark_beat = 3 * (`OUT_BEATS / `FRAMES) - 1;
    $readmemh("in.hex", in);
    $readmemh("out.hex", out);
    $readmemh("mask.hex", mask);
    repeat (4) @(negedge clk);
    rst = 0;
    run_phase(1, 100, 100);
    if (`PERIOD > 0) begin
      $display("period %0d over %0d frames, expected %0d",
               (end_cycle - mark_cycle) / (`FRAMES - 3), `FRAMES - 3, `PERIOD);
      if ((end_cycle - mark_cycle) * 100 > `PERIOD * (`FRAMES - 3) * 101) $fatal(1, "the period is too long");
    end
    run_phase(2, 50, 50);
    run_phase(3, 100, 20);
    run_phase(4, 20, 100);
    $display("pass");
    $finish;
  end
endmodule
