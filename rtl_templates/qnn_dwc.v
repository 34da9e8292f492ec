// qnn_dwc: stream width converter: vectors of COUNT elements, IN elements a beat in, OUT elements a beat out.
//
// Restarts at each vector: padding lanes of its last input beat are dropped, those of its last output beat are 0. ELEM
// bits an element.
// max(ceil(COUNT/IN), ceil(COUNT/OUT)) cycles a vector; one more where IN < OUT, IN does not divide OUT, and the last
// input beat both completes an output beat and begins another. m_* are registers, except for IN = OUT with COUNT % IN =
// 0, which is wires; s_ready depends on m_ready.
// The buffer counts in units of gcd(IN, OUT) elements and holds IN + OUT - gcd of them, the least that allows a beat
// every cycle. Where one width divides the other, a beat is stored at one of few fixed places and no barrel shifter is
// left.
`default_nettype none

module qnn_dwc #(
  parameter ELEM = 1,                             // bits of an element
  parameter COUNT = 64,                           // elements of a vector, >= 1
  parameter IN = 4,                               // elements of an input beat, >= 1
  parameter OUT = 16                              // elements of an output beat, >= 1
) (
  input  wire                clk,
  input  wire                rst,
  input  wire                s_valid,
  output wire                s_ready,
  input  wire [IN*ELEM-1:0]  s_data,
  output wire                m_valid,
  input  wire                m_ready,
  output wire [OUT*ELEM-1:0] m_data
);
  function integer gcd(input integer first, input integer second);
    integer a, b, t;
    begin
      a = first;
      b = second;
      while (b != 0) begin
        t = a % b;
        a = b;
        b = t;
      end
      gcd = a;
    end
  endfunction

  localparam UNIT = gcd(IN, OUT);
  localparam INU = IN / UNIT;
  localparam OUTU = OUT / UNIT;
  localparam CAP = INU + OUTU - 1;                // capacity in units
  localparam UW = UNIT * ELEM;
  localparam CW = $clog2(CAP + 1);
  localparam BEATS = (COUNT + IN - 1) / IN;
  localparam BW = BEATS > 1 ? $clog2(BEATS) : 1;
  localparam BLAST = BEATS - 1;
  localparam REST = COUNT - BLAST * IN;           // elements in the last input beat
  localparam RESTU = (REST + UNIT - 1) / UNIT;    // the same in units
  localparam ROOM = CAP - INU;                    // fill up to which a beat fits in

  generate
    if (ELEM < 1 || COUNT < 1 || IN < 1 || OUT < 1) begin : check
      qnn_error_dwc_widths_or_count stop ();
    end
    if (IN == OUT && COUNT % IN == 0) begin : wires
      wire unused_clock = &{1'b0, clk};
      assign s_ready = m_ready & ~rst;
      assign m_valid = s_valid & ~rst;
      assign m_data = s_data;
    end else begin : convert
      reg  [CAP*UW-1:0] store;
      reg  [CW-1:0]     fill;
      reg  [BW-1:0]     beat;
      reg               ending;                   // the whole vector is in; only its rest may leave
      reg               open;
      wire [INU*UW-1:0] beat_data;
      wire              beat_last = beat == BLAST[BW-1:0];
      wire              enough = fill >= OUTU[CW-1:0];
      wire              take = m_valid & m_ready;
      wire [CW-1:0]     kept = take ? (enough ? fill - OUTU[CW-1:0] : {CW{1'b0}}) : fill;
      wire              drained = take & (kept == {CW{1'b0}});
      wire              put = s_valid & s_ready;
      wire [CW-1:0]     added = beat_last ? RESTU[CW-1:0] : INU[CW-1:0];

      assign m_valid = enough | (ending & (fill != {CW{1'b0}}));
      assign s_ready = open & (ending ? drained : kept <= ROOM[CW-1:0]);

      always @(posedge clk)
        if (rst) begin
          open <= 1'b0;
          fill <= {CW{1'b0}};
          beat <= {BW{1'b0}};
          ending <= 1'b0;
        end else begin
          open <= 1'b1;
          fill <= put ? kept + added : kept;
          if (put) beat <= beat_last ? {BW{1'b0}} : beat + 1'b1;
          if (put | drained) ending <= put & beat_last;
        end

      // The beat with its padding lanes cleared.
      genvar i;
      for (i = 0; i < IN; i = i + 1) begin : element
        if (i < REST) begin : always_in
          assign beat_data[i*ELEM +: ELEM] = s_data[i*ELEM +: ELEM];
        end else begin : sometimes_in
          assign beat_data[i*ELEM +: ELEM] = s_data[i*ELEM +: ELEM] & {ELEM{~beat_last}};
        end
      end

      // Empty units are 0 where they can leave: they pad the last output beat.
      if (OUTU == 1) begin : narrower                // a beat enters when nothing is left
        wire [CAP*UW-1:0] moved = CAP > 1 ? store >> UW : {(CAP*UW){1'b0}};
        always @(posedge clk)
          if (rst) store <= {(CAP*UW){1'b0}};
          else if (take | put) store <= put ? beat_data : moved;
      end else if (INU == 1) begin : wider
        // one unit, at one of CAP places; the first of an output beat clears the others
        for (i = 0; i < CAP; i = i + 1) begin : place
          wire clear = COUNT % OUT != 0 && i > 0 ? put & (kept == {CW{1'b0}}) : 1'b0;
          always @(posedge clk)
            if (clear) store[i*UW +: UW] <= {UW{1'b0}};
            else if (put & (kept == i[CW-1:0])) store[i*UW +: UW] <= beat_data;
        end
      end else begin : any
        wire [CAP*UW-1:0] kept_units = take ? store >> (OUTU * UW) : store;
        wire [CAP*UW-1:0] placed = {{((CAP-INU)*UW){1'b0}}, beat_data} << ({{(32-CW){1'b0}}, kept} * UW);
        always @(posedge clk)
          if (rst) store <= {(CAP*UW){1'b0}};
          else if (take | put) store <= kept_units | (placed & {(CAP*UW){put}});
      end
      assign m_data = store[OUTU*UW-1:0];

`ifdef FORMAL
      // Valid and stable until taken, nothing valid after a reset (tests/formal/qnn_check_stable.v); the store never
      // overflows.
      qnn_check_stable #(.WIDTH(OUT * ELEM)) check_stable (
        .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .data(m_data));
      reg armed = 1'b0;
      always @(posedge clk) armed <= armed | rst;
      always @* if (armed & put) assert (kept <= ROOM);
`endif
    end
  endgenerate
endmodule

`default_nettype wire
