// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The frame around the TypeScript. Whatever ends it unexpectedly (an exception nobody catches, a stack
// overflow, memory running out, a fatal signal) is printed, and as PID 1 the machine then does what the boot
// plan asks for, because the end of PID 1 would be a kernel panic.

#ifndef TSKIT_CRASH_H
#define TSKIT_CRASH_H

#include <stdint.h>

#include "quickjs.h"

// Installs the signal handlers on a stack of their own and notes whether this process is PID 1.
void crash_arm(JSContext *ctx);

// The signals that are caught, bit n - 1 for signal n. While one of them is blocked, a fault ends PID 1 at
// once.
extern const uint64_t crash_signals;

// A cloned child is no longer PID 1, whatever getpid() says in its namespace: it only prints and exits
// with 1.
void crash_disarm(void);

// Prints the pending exception with its stack and ends the process.
_Noreturn void crash_on_exception(JSContext *ctx);

_Noreturn void crash_on(const char *what);

// The way out of every orderly end: PID 1 has none, because the kernel panics when it ends.
void crash_unless_ending_is_allowed(const char *what);

#endif
