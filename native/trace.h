// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Stack traces with the file and line of the TypeScript instead of the bundle's. The tables are made by
// scripts/build-init.ts.

#ifndef TSKIT_TRACE_H
#define TSKIT_TRACE_H

#include <stddef.h>
#include <stdint.h>

// Where the lines of a bundle come from, packed: a byte each. 0 is no origin; LINE_JUMP has file and line
// behind it, two bytes each, the low one first; anything else is the step from the last origin's line, plus
// LINE_STILL.
enum { LINE_JUMP = 255, LINE_STILL = 64 };

struct unit_lines {
    const char *unit;
    const uint8_t *lines;
    size_t size;
};

extern const char *const line_files[];
extern const struct unit_lines unit_lines[];
extern const size_t unit_lines_count;

// Prints the engine's stack, the innermost calls only when it is long.
void trace_print(int fd, const char *stack);

#endif
