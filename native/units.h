// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The bytecode units linked into this binary: one for each entry, and one for each part that several entries
// share, read when the first of them is loaded. The table is made by compile-units.c.

#ifndef TSKIT_UNITS_H
#define TSKIT_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

struct unit {
    const char *name;
    const uint8_t *bytes;
    // Of what is in the binary, and of the bytecode: when these differ, `bytes` is one LZ4 block (unpack.h).
    size_t stored;
    size_t size;
};

extern const struct unit units[];
extern const size_t unit_count;

// Has units find the shared ones that they import.
void units_register(JSContext *ctx);

// Evaluates the unit and returns its default export, or throws. An unknown name is a ReferenceError.
JSValue unit_load(JSContext *ctx, const char *name);

#endif
