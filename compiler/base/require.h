/*
 * REQUIRE: a condition that only a defect of this program can break. Never for what a user or a file may do wrong.
 */
#ifndef QNN_BASE_REQUIRE_H
#define QNN_BASE_REQUIRE_H

/* Prints file, line and what was required to stderr, and aborts. */
_Noreturn void require_failed(const char *file, int line, const char *condition);

#define REQUIRE(condition) ((condition) ? (void)0 : require_failed(__FILE__, __LINE__, #condition))
/* For a place that no input can reach; reason says why. */
#define UNREACHABLE(reason) require_failed(__FILE__, __LINE__, reason)

#endif
