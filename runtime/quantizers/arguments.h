/*
 * The arguments of a quantizer or an activation as the language gives them: numbers in the order of its row in
 * compiler/model/quantizers.def, whatever they mean. Only the row and the form (runtime/quantizers) know that.
 *
 * First come the row's own parameters: a number, the id of a word, or, where a number may be replaced by a word, -1 - id of
 * that word. Then, in the same order, come the arguments of the words themselves: uint(2, clip = fixed(1.5)) is
 * {2, CLIP_FIXED, 1.5}. The rest is 0.
 */
#ifndef QNN_QUANTIZERS_ARGUMENTS_H
#define QNN_QUANTIZERS_ARGUMENTS_H

enum { QNN_MOST_ARGUMENTS = 8 };

struct qnn_arguments {
    double number[QNN_MOST_ARGUMENTS];
};

#endif
