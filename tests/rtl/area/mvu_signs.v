// mvu_signs: a matrix-vector unit with weights ±1 and its rows, as the compiler emits them: what check_area measures.
`default_nettype none

module mvu_signs #(
  parameter MW = 64,                              // of qnn_mvu
  parameter MH = 16,                              // of qnn_mvu
  parameter SIMD = 16,                            // of qnn_mvu
  parameter PE = 4,                               // of qnn_mvu
  parameter ACC = 8,                              // of qnn_mvu
  parameter BUFFER_STYLE = 0,                     // of qnn_mvu
  parameter RECODE = 0                            // 1: recoded inputs and weights
) (
  input  wire            clk,
  input  wire            rst,
  input  wire            s_valid,
  output wire            s_ready,
  input  wire [SIMD-1:0] s_data,
  output wire            m_valid,
  input  wire            m_ready,
  output wire [PE-1:0]   m_data,
  input  wire [1:0]      cfg_we,
  input  wire            cfg_addr,
  input  wire            cfg_data
);
  localparam SUM_BITS = $clog2(SIMD);
  wire [SIMD-1:0]        beat, x;
  wire [PE*SIMD-1:0]     w;
  wire [PE*SUM_BITS-1:0] sums;
  wire [PE-1:0]          carries;
  qnn_mvu #(
    .MW(MW), .MH(MH), .SIMD(SIMD), .PE(PE), .WEIGHT_BITS(1), .SUM_BITS(SUM_BITS), .ACC(ACC), .BUFFER_STYLE(BUFFER_STYLE)
  ) unit (
    .clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(beat),
    .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data),
    .dot_x(x), .dot_w(w), .dot_sum(sums), .dot_carry(carries),
    .cfg_we(cfg_we), .cfg_addr(cfg_addr), .cfg_data(cfg_data));
  genvar p;
  generate
    if (RECODE != 0) begin : recoded
      qnn_recode #(.SIMD(SIMD)) recoder (.plain(s_data), .coded(beat));
    end else begin : plain
      assign beat = s_data;
    end
    for (p = 0; p < PE; p = p + 1) begin : rows
      if (RECODE != 0) begin : recoded
        qnn_dot_sign_recoded #(.SIMD(SIMD)) dot (
          .x(x), .w(w[p*SIMD +: SIMD]), .sum(sums[p*SUM_BITS +: SUM_BITS]), .carry(carries[p]));
      end else begin : plain
        qnn_dot_sign #(.SIMD(SIMD), .ABITS(1)) dot (
          .x(x), .w(w[p*SIMD +: SIMD]), .sum(sums[p*SUM_BITS +: SUM_BITS]), .carry(carries[p]));
      end
    end
  endgenerate
endmodule

`default_nettype wire
