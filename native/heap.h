// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Memory for the engine. It makes some ten thousand small blocks to start and single-threaded as it is it
// needs none of what a C library's malloc does for threads: with this one a start takes two thirds of the
// time.

#ifndef TSKIT_HEAP_H
#define TSKIT_HEAP_H

#include <stddef.h>

#include "quickjs.h"

extern const JSMallocFunctions heap_functions;

// Bytes in blocks that are given out; 0 as long as no engine has this heap.
size_t heap_in_use(void);

#endif
