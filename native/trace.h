// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Stack traces with the file and line of the TypeScript instead of the bundle's. The tables are made by
// scripts/build-init.ts.

#ifndef TSKIT_TRACE_H
#define TSKIT_TRACE_H

#include <stddef.h>
#include <stdint.h>

// Where a line of a bundle comes from. File 0 stands for none.
struct line_origin {
    uint16_t file;
    uint16_t line;
};

struct unit_lines {
    const char *unit;
    const struct line_origin *lines;
    size_t count;
};

extern const char *const line_files[];
extern const struct unit_lines unit_lines[];
extern const size_t unit_lines_count;

// Prints the engine's stack, the innermost calls only when it is long.
void trace_print(int fd, const char *stack);

#endif
