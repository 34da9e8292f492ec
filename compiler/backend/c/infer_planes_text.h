/*
 * The text of what moves codes between bit planes and arrays in generated inference; only infer_kernels.c includes this.
 */
#ifndef QNN_BACKEND_C_INFER_PLANES_TEXT_H
#define QNN_BACKEND_C_INFER_PLANES_TEXT_H

#include <stddef.h>

static const char *const text_place[] = {
    "/* Stores the one-bit codes of a block of eight rows; block 0 of a word clears the rest. */\n",
    "static inline void place(uint64_t *output, size_t block, unsigned codes)\n",
    "{\n",
    "    if (block % 8 == 0)\n",
    "        output[block / 8] = 0;\n",
    "    output[block / 8] |= (uint64_t)codes << 8 * (block % 8);\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_pack[] = {
    "/* Codes of a position to bit planes: plane p of code[i] is bit i % 64 of out[p * stride + i / 64]; bits beyond "
    "count are 0. */\n",
    "static void pack(const uint8_t *code, size_t count, size_t planes, size_t stride, uint64_t *out)\n",
    "{\n",
    "    const size_t words = (count + 63) / 64;\n",
    "    for (size_t word = 0; word < words; word++) {\n",
    "        uint8_t last[64] = {0};\n",
    "        const uint8_t *from = code + 64 * word;\n",
    "        if (count - 64 * word < 64) {\n",
    "            for (size_t i = 0; i < count - 64 * word; i++)\n",
    "                last[i] = from[i];\n",
    "            from = last;\n",
    "        }\n",
    "        for (size_t plane = 0; plane < planes; plane++)\n",
    "            out[plane * stride + word] = bit_plane(from, (unsigned)plane);\n",
    "    }\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_pack_wide[] = {
    "/* The same of codes that a byte does not hold. */\n",
    "static void pack_wide(const int32_t *code, size_t count, size_t planes, size_t stride, uint64_t *out)\n",
    "{\n",
    "    for (size_t plane = 0; plane < planes; plane++)\n",
    "        for (size_t first = 0; first < count; first += 64) {\n",
    "            uint64_t bits = 0;\n",
    "            for (size_t i = first; i < count && i < first + 64; i++)\n",
    "                bits |= (uint64_t)((uint32_t)code[i] >> plane & 1) << (i - first);\n",
    "            out[plane * stride + first / 64] = bits;\n",
    "        }\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_unpack[] = {
    "/* What is stored at a position of bit planes, the reverse of pack. */\n",
    "static void unpack(const uint64_t *x, size_t stride, size_t planes, size_t count, uint8_t *code)\n",
    "{\n",
    "    for (size_t i = 0; i < count; i++)\n",
    "        code[i] = 0;\n",
    "    for (size_t plane = 0; plane < planes; plane++)\n",
    "        for (size_t i = 0; i < count; i++)\n",
    "            code[i] |= (uint8_t)((x[plane * stride + i / 64] >> i % 64 & 1) << plane);\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_unpack_wide[] = {
    "/* The same of codes that a byte does not hold. */\n",
    "static void unpack_wide(const uint64_t *x, size_t stride, size_t planes, size_t count, int32_t *code)\n",
    "{\n",
    "    for (size_t i = 0; i < count; i++)\n",
    "        code[i] = 0;\n",
    "    for (size_t plane = 0; plane < planes; plane++)\n",
    "        for (size_t i = 0; i < count; i++)\n",
    "            code[i] |= (int32_t)((x[plane * stride + i / 64] >> i % 64 & 1) << plane);\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_append[] = {
    "/* Bits first .. first + count - 1 of `from` to bit `at` of `to` and on, which are 0 before. */\n",
    "static inline void append(uint64_t *to, size_t at, const uint64_t *from, size_t first, size_t count)\n",
    "{\n",
    "    for (size_t done = 0, take = 0; done < count; done += take) {\n",
    "        const size_t source = (first + done) % 64, target = (at + done) % 64;\n",
    "        take = 64 - (source > target ? source : target);\n",
    "        take = take < count - done ? take : count - done;\n",
    "        const uint64_t bits = from[(first + done) / 64] >> source & UINT64_MAX >> (64 - take);\n",
    "        to[(at + done) / 64] |= bits << target;\n",
    "    }\n",
    "}\n",
    "\n",
    NULL,
};

#endif
