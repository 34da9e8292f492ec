/* Layer names: what matches a selector, and which identifier a layer gets in generated code. */
#include "model/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *path_name(struct arena *arena, const char *path)
{
    char *name = arena_strdup(arena, path);
    size_t length = 0;
    for (const char *p = path; *p; p++)
        if (*p != OPTIONAL_ORDINAL)
            name[length++] = *p;
    name[length] = '\0';
    return name;
}

/* Positions of the pattern that a prefix of the path can have reached: `*` may match nothing. */
static void close_stars(const char *pattern, size_t length, bool *states)
{
    for (size_t i = 0; i < length; i++)
        if (states[i] && pattern[i] == '*')
            states[i + 1] = true;
}

/* One character of the path. Works from the back, so that states can be replaced in place. */
static void advance(const char *pattern, size_t length, bool *states, char c)
{
    for (size_t i = length + 1; i-- > 0;) {
        const bool stay = states[i] && i < length && pattern[i] == '*';
        const bool step = i > 0 && states[i - 1] && (pattern[i - 1] == '?' ? c != '.' : pattern[i - 1] == c);
        states[i] = stay || step;
    }
    close_stars(pattern, length, states);
}

bool selector_matches(struct arena *arena, const char *selector, const char *path)
{
    const size_t length = strlen(selector);
    bool *states = ARENA_NEW_ARRAY(arena, length + 1, bool);
    bool *without = ARENA_NEW_ARRAY(arena, length + 1, bool);
    states[0] = true;
    close_stars(selector, length, states);
    for (const char *p = path;; p++) {
        if ((*p == '.' || *p == '\0') && states[length])
            return true;
        if (*p == '\0')
            return false;
        if (*p != OPTIONAL_ORDINAL) {
            advance(selector, length, states, *p);
            continue;
        }
        memcpy(without, states, length + 1);
        advance(selector, length, states, '1');
        for (size_t i = 0; i <= length; i++)
            states[i] = states[i] || without[i];
    }
}

/* Reserved in C11 or Verilog-2005, and names that generated code uses itself; sorted. */
static const char *const reserved_words[] = {
    "always",
    "and",
    "assign",
    "auto",
    "automatic",
    "begin",
    "bool",
    "break",
    "buf",
    "bufif0",
    "bufif1",
    "case",
    "casex",
    "casez",
    "cell",
    "char",
    "cmos",
    "config",
    "const",
    "continue",
    "deassign",
    "default",
    "defparam",
    "design",
    "disable",
    "do",
    "double",
    "edge",
    "else",
    "end",
    "endcase",
    "endconfig",
    "endfunction",
    "endgenerate",
    "endmodule",
    "endprimitive",
    "endspecify",
    "endtable",
    "endtask",
    "enum",
    "event",
    "extern",
    "false",
    "float",
    "for",
    "force",
    "forever",
    "fork",
    "function",
    "generate",
    "genvar",
    "goto",
    "highz0",
    "highz1",
    "if",
    "ifnone",
    "incdir",
    "include",
    "initial",
    "inline",
    "inout",
    "input",
    "instance",
    "int",
    "integer",
    "join",
    "large",
    "liblist",
    "library",
    "localparam",
    "long",
    "macromodule",
    "main",
    "medium",
    "module",
    "nand",
    "negedge",
    "nmos",
    "nor",
    "noshowcancelled",
    "not",
    "notif0",
    "notif1",
    "or",
    "output",
    "parameter",
    "pmos",
    "posedge",
    "primitive",
    "pull0",
    "pull1",
    "pulldown",
    "pullup",
    "pulsestyle_ondetect",
    "pulsestyle_onevent",
    "rcmos",
    "real",
    "realtime",
    "reg",
    "register",
    "release",
    "repeat",
    "restrict",
    "return",
    "rnmos",
    "rpmos",
    "rtran",
    "rtranif0",
    "rtranif1",
    "scalared",
    "short",
    "showcancelled",
    "signed",
    "sizeof",
    "small",
    "specify",
    "specparam",
    "static",
    "strong0",
    "strong1",
    "struct",
    "supply0",
    "supply1",
    "switch",
    "table",
    "task",
    "time",
    "tran",
    "tranif0",
    "tranif1",
    "tri",
    "tri0",
    "tri1",
    "triand",
    "trior",
    "trireg",
    "true",
    "typedef",
    "union",
    "unsigned",
    "use",
    "uwire",
    "vectored",
    "void",
    "volatile",
    "wait",
    "wand",
    "weak0",
    "weak1",
    "while",
    "wire",
    "wor",
    "xnor",
    "xor",
};

static int compare_word(const void *key, const void *element)
{
    return strcasecmp(key, *(const char *const *)element);
}

static bool is_taken(const char *name, const char *const *taken, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(name, taken[i]) == 0)
            return true;
    return false;
}

const char *identifier_make(struct arena *arena, const char *name, const char *const *taken, size_t count)
{
    char *base = arena_strdup(arena, name);
    for (char *p = base; *p; p++)
        if (!isalnum((unsigned char)*p))
            *p = '_';
    if (bsearch(base, reserved_words, sizeof reserved_words / sizeof reserved_words[0], sizeof reserved_words[0],
                compare_word))
        base = arena_printf(arena, "%s_", base);
    const char *identifier = base;
    /* Small numbers first; then one that no earlier name is likely to have, so that many like names stay cheap. */
    for (size_t number = 2; is_taken(identifier, taken, count); number += number == 9 ? count + 1 : 1)
        identifier = arena_printf(arena, "%s_%zu", base, number);
    return identifier;
}
