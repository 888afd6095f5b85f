// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Capability sets of a process (capset(2)), as TypeScript has them.

#ifndef TSKIT_CAPABILITIES_H
#define TSKIT_CAPABILITIES_H

#include <stdint.h>

#include "quickjs.h"

struct capabilities {
    uint64_t effective;
    uint64_t permitted;
    uint64_t inheritable;
};

// From { effective, permitted, inheritable }; -1 with an exception when it is not one.
int arg_capabilities(JSContext *ctx, JSValueConst value, struct capabilities *sets);

// Of the calling thread; -1 with errno.
int capabilities_set(const struct capabilities *sets);

#endif
