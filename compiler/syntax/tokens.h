/* Inside the room: the scanner's buffer, opened and closed by ast_parse.c. */
#ifndef QNN_SYNTAX_TOKENS_H
#define QNN_SYNTAX_TOKENS_H

#include "syntax/parse.h"

void tokens_open(struct parse *parse, size_t offset);
void tokens_close(struct parse *parse);
/* Lets the scanner go on at offset. Copies the rest of the text, so it is for errors only. */
void tokens_seek(struct parse *parse, size_t offset);

#endif
