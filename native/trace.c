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

struct origin {
    unsigned file;
    unsigned line;
};

// File 0 is none. Read from the start each time: this happens at a crash only.
static struct origin origin_of(const struct unit_lines *unit, unsigned long line)
{
    struct origin last = {0, 0};
    const uint8_t *byte = unit->lines;
    const uint8_t *end = unit->lines + unit->size;
    for (unsigned long at = 1; byte < end; at++) {
        uint8_t step = *byte++;
        if (step == LINE_JUMP) {
            last = (struct origin){byte[0] | byte[1] << 8, byte[2] | byte[3] << 8};
            byte += 4;
        } else if (step != 0) {
            last.line = last.line + step - LINE_STILL;
        }
        if (at == line)
            return step == 0 ? (struct origin){0, 0} : last;
    }
    return (struct origin){0, 0};
}

// `place` reads "UNIT:LINE:COLUMN)".
static struct origin find_origin(const char *place)
{
    size_t length = strcspn(place, ":)\n");
    const struct unit_lines *unit = place[length] == ':' ? find_lines(place, length) : NULL;
    if (unit == NULL)
        return (struct origin){0, 0};
    return origin_of(unit, strtoul(place + length + 1, NULL, 10));
}

// `call` reads "    at NAME (UNIT:LINE:COLUMN)".
static void print_call(int fd, const char *call, size_t length)
{
    const char *place = memchr(call, '(', length);
    struct origin origin = place == NULL ? (struct origin){0, 0} : find_origin(place + 1);
    if (origin.file == 0)
        dprintf(fd, "%.*s\n", (int)length, call);
    else
        dprintf(fd, "%.*s(%s:%u)\n", (int)(place - call), call, line_files[origin.file], origin.line);
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
