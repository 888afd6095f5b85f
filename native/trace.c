// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A runaway recursion has thousands of calls and a console 25 lines: where it is and how it got there is what
// counts.
enum { innermost = 12, outermost = 6 };

static const struct unit_lines *find_lines(const char *unit, size_t length)
{
    for (size_t i = 0; i < unit_lines_count; i++)
        if (strlen(unit_lines[i].unit) == length && memcmp(unit_lines[i].unit, unit, length) == 0)
            return &unit_lines[i];
    return NULL;
}

// `place` reads "UNIT:LINE:COLUMN)".
static const struct line_origin *find_origin(const char *place)
{
    size_t length = strcspn(place, ":)\n");
    const struct unit_lines *unit = place[length] == ':' ? find_lines(place, length) : NULL;
    if (unit == NULL)
        return NULL;
    unsigned long line = strtoul(place + length + 1, NULL, 10);
    return line > 0 && line <= unit->count && unit->lines[line - 1].file > 0 ? &unit->lines[line - 1] : NULL;
}

// `call` reads "    at NAME (UNIT:LINE:COLUMN)".
static void print_call(int fd, const char *call, size_t length)
{
    const char *place = memchr(call, '(', length);
    const struct line_origin *origin = place == NULL ? NULL : find_origin(place + 1);
    if (origin == NULL)
        dprintf(fd, "%.*s\n", (int)length, call);
    else
        dprintf(fd, "%.*s(%s:%u)\n", (int)(place - call), call, line_files[origin->file], origin->line);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

void trace_print(int fd, const char *stack)
{
    size_t calls = count_lines(stack);
    for (size_t call = 0; call < calls; call++) {
        size_t length = strcspn(stack, "\n");
        if (call < innermost || call >= calls - outermost)
            print_call(fd, stack, length);
        else if (call == innermost)
            dprintf(fd, "    ... %zu more ...\n", calls - innermost - outermost);
        stack += length + 1;
    }
}
