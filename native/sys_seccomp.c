// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Seccomp (seccomp(2)): the filter of system calls, and what the kernel knows to do with one.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "sys.h"

BINDING(seccomp_set_filter)
{
    uint32_t flags;
    struct bytes program;
    if (arg_flags(ctx, argv[0], &flags) < 0 || arg_bytes(ctx, argv[1], &program) < 0)
        return JS_EXCEPTION;
    size_t count = program.length / sizeof(struct sock_filter);
    // The kernel takes 4096 instructions; more than its 16 bits can count would reach it as fewer.
    if (program.length % sizeof(struct sock_filter) != 0 || count > UINT16_MAX)
        return JS_ThrowRangeError(ctx, "seccomp: expected at most 65535 whole instructions, found %zu bytes",
                                  program.length);
    struct sock_fprog filter = {.len = (unsigned short)count, .filter = (void *)program.data};
    return sys_number(ctx, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter), "seccomp",
                      "SECCOMP_SET_MODE_FILTER");
}

BINDING(seccomp_action_available)
{
    uint32_t action;
    if (arg_flags(ctx, argv[0], &action) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action), "seccomp",
                    "SECCOMP_GET_ACTION_AVAIL");
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("seccompSetFilter", 2, seccomp_set_filter),
    JS_CFUNC_DEF("seccompActionAvailable", 1, seccomp_action_available),
};

SYS_AREA(sys_seccomp, entries);
