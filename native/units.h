// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The bytecode units linked into this binary: one a bundle of TypeScript. The table is made by
// compile-units.c.

#ifndef TSKIT_UNITS_H
#define TSKIT_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

struct unit {
    const char *name;
    const uint8_t *bytecode;
    size_t size;
};

extern const struct unit units[];
extern const size_t unit_count;

// Evaluates the unit and returns its default export, or throws. An unknown name is a ReferenceError.
JSValue unit_load(JSContext *ctx, const char *name);

#endif
