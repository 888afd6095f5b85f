// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// errno turned into a JavaScript error with `errno`, `code` and `syscall` (SysError in init/sys.d.ts).

#ifndef TSKIT_ERROR_H
#define TSKIT_ERROR_H

#include "quickjs.h"

// Room for any name that error_code gives.
enum { ERROR_CODE_SIZE = 24 };

// "ENOENT", or "E" and the number of one without a name.
void error_code(int number, char out[ERROR_CODE_SIZE]);

// Throws errno as the failure of `syscall`. `detail` is what it was about, usually a path; NULL for none.
JSValue sys_error(JSContext *ctx, const char *syscall, const char *detail);

// What a system call returned, as the binding's result: undefined, or the number; thrown when it is -1.
JSValue sys_done(JSContext *ctx, long result, const char *syscall, const char *detail);
JSValue sys_number(JSContext *ctx, long result, const char *syscall, const char *detail);

#endif
