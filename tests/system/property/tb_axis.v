// Bench for a generated top: plays in.hex into s_axis, compares m_axis with out.hex.
//
// case.vh (written beside the images) defines DUT, IN_BITS and OUT_BITS (tdata), IN_WORDS, OUT_WORDS, and CLEAN_IN, CLEAN_OUT: the words of
// the frames at the beginning that have the right length. A word of in.hex is {tlast, tdata}, of out.hex {tlast, tuser, tdata}.
// First CUT words are played and a reset comes in the middle of their last frame; then the clean frames back to back, then all frames under
// pauses of both ends, a reset, and the clean frames again. Checked besides the words: data stable until taken, valid low in reset, no word
// too many, frame_error low until a frame has the wrong length, then high until the reset. A failure ends with a non-zero status.
// The distance of the last two results of the undisturbed part is printed ("period N"). With CLEAN_ONLY that part is all.
`include "case.vh"
`timescale 1ns/1ns
module tb;
  reg clk = 0, aresetn = 0;
  reg s_valid = 0, m_ready = 0;
  reg [`IN_BITS:0] s_word = 0;
  wire s_ready, m_valid, m_last, frame_error;
  wire [0:0] m_user;
  wire [`OUT_BITS-1:0] m_data;
  wire [`OUT_BITS+1:0] m_word = {m_last, m_user, m_data};
  `DUT dut (.aclk(clk), .aresetn(aresetn),
    .s_axis_tdata(s_word[`IN_BITS-1:0]), .s_axis_tvalid(s_valid), .s_axis_tready(s_ready), .s_axis_tlast(s_word[`IN_BITS]),
    .m_axis_tdata(m_data), .m_axis_tvalid(m_valid), .m_axis_tready(m_ready), .m_axis_tlast(m_last), .m_axis_tuser(m_user),
    .frame_error(frame_error));

  reg [`IN_BITS:0] in [0:`IN_WORDS-1];
  reg [`OUT_BITS+1:0] out [0:`OUT_WORDS-1];
  integer phase, in_share, out_share, in_next, in_limit, out_next, out_limit, in_reset, quiet, seed, now, last_result, gap;
  reg checking, held, waiting;
  reg [`OUT_BITS+1:0] stable;

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
      s_word = ~s_word;
      if (aresetn && in_next < in_limit && chance(in_share) != 0) begin
        s_valid = 1;
        s_word = in[in_next];
      end
    end
    m_ready = aresetn && chance(out_share) != 0;
  end

  always @(posedge clk) begin
    held = 0;
    in_reset = aresetn ? 0 : in_reset + 1;
    if (in_reset > 2 && (m_valid !== 1'b0 || frame_error !== 1'b0)) $fatal(1, "phase %0d: valid or error in reset", phase);
    if (!aresetn) begin
      waiting <= 0;
    end else begin
      if (s_ready === 1'bx || m_valid === 1'bx) $fatal(1, "phase %0d: handshake is unknown", phase);
      if (s_valid && s_ready) in_next = in_next + 1;
      else held = s_valid;
      if (waiting && (!m_valid || m_word !== stable)) $fatal(1, "phase %0d: output changed before it was taken", phase);
      waiting <= m_valid && !m_ready;
      stable <= m_word;
      quiet = (m_valid && m_ready) || (s_valid && s_ready) ? 0 : quiet + 1;
      if (checking && m_valid && m_ready) begin
        if (out_next == out_limit) $fatal(1, "phase %0d: a word too many", phase);
        if (m_word !== out[out_next]) $fatal(1, "phase %0d word %0d: %h, expected %h", phase, out_next, m_word, out[out_next]);
        out_next = out_next + 1;
        quiet = 0;
        if (m_last) begin
          gap = now - last_result;
          last_result = now;
        end
      end
      now = now + 1;
      if (quiet > 100000) $fatal(1, "phase %0d: stuck at word %0d", phase, out_next);
    end
  end

  task reset;
    begin
      @(negedge clk) aresetn = 0;
      checking = 0;
      in_next = 0;
      in_limit = 0;
      held = 0;
      s_valid = 0;
      repeat (6) @(negedge clk);
      aresetn = 1;
      repeat (2) @(negedge clk);
    end
  endtask

  task play(input integer number, input integer in_percent, input integer out_percent, input integer in_end, input integer out_end);
    begin
      phase = number;
      in_share = in_percent;
      out_share = out_percent;
      in_next = 0;
      out_next = 0;
      out_limit = out_end;
      checking = 1;
      quiet = 0;
      in_limit = in_end;
      while (out_next < out_end || in_next < in_end) @(negedge clk);
      repeat (60) @(negedge clk);
      checking = 0;
      in_limit = 0;
    end
  endtask

  initial begin
    seed = 1;
    phase = 0;
    held = 0;
    waiting = 0;
    quiet = 0;
    checking = 0;
    now = 0;
    last_result = 0;
    gap = 0;
    in_reset = 0;
    in_share = 100;
    out_share = 100;
    $readmemh("in.hex", in);
    $readmemh("out.hex", out);
    reset;
`ifndef CLEAN_ONLY
    in_limit = `CUT;
    while (in_next < `CUT) @(negedge clk);
    repeat (3) @(negedge clk);
    reset;
`endif
    play(1, 100, 100, `CLEAN_IN, `CLEAN_OUT);
    $display("period %0d", gap);
    if (frame_error !== 1'b0) $fatal(1, "an error is flagged though every frame was right");
`ifndef CLEAN_ONLY
    play(2, 50, 50, `IN_WORDS, `OUT_WORDS);
    if (frame_error !== 1'b1) $fatal(1, "no error is flagged though frames had wrong lengths");
    reset;
    if (frame_error !== 1'b0) $fatal(1, "the error survives the reset");
    play(3, 30, 80, `CLEAN_IN, `CLEAN_OUT);
`endif
    $display("pass");
    $finish;
  end
endmodule
