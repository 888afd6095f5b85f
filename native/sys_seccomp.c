// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Seccomp (seccomp(2)): the filter of system calls, and what the kernel knows to do with one.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "capabilities.h"
#include "error.h"
#include "sys.h"
#include "text.h"

static int arg_filter(JSContext *ctx, JSValueConst value, struct sock_fprog *filter)
{
    struct bytes program;
    if (arg_bytes(ctx, value, &program) < 0)
        return -1;
    size_t count = program.length / sizeof(struct sock_filter);
    // The kernel takes 4096 instructions; more than its 16 bits can count would reach it as fewer.
    if (program.length % sizeof(struct sock_filter) != 0 || count > UINT16_MAX) {
        JS_ThrowRangeError(ctx, "seccomp: expected at most 65535 whole instructions, found %zu bytes",
                           program.length);
        return -1;
    }
    *filter = (struct sock_fprog){.len = (unsigned short)count, .filter = (void *)program.data};
    return 0;
}

BINDING(seccomp_set_filter)
{
    uint32_t flags;
    struct sock_fprog filter;
    if (arg_flags(ctx, argv[0], &flags) < 0 || arg_filter(ctx, argv[1], &filter) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter), "seccomp",
                      "SECCOMP_SET_MODE_FILTER");
}

// Several calls in one binding, and no memory in between: a filter may forbid to ask the kernel for more.
BINDING(seccomp_execve)
{
    uint32_t flags;
    struct sock_fprog filter;
    cleanup_text struct text path = {0};
    cleanup_texts struct texts arguments = {0};
    cleanup_texts struct texts environment = {0};
    struct capabilities last = {0};
    bool has_last = !JS_IsNull(argv[2]);
    if (arg_flags(ctx, argv[0], &flags) < 0 || arg_filter(ctx, argv[1], &filter) < 0 ||
        (has_last && arg_capabilities(ctx, argv[2], &last) < 0) || text_from_path(ctx, argv[3], &path) < 0 ||
        arg_texts(ctx, argv[4], &arguments) < 0 || arg_texts(ctx, argv[5], &environment) < 0)
        return JS_EXCEPTION;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) < 0)
        return sys_error(ctx, "seccomp", "SECCOMP_SET_MODE_FILTER");
    if (has_last && capabilities_set(&last) < 0)
        return sys_error(ctx, "capset", NULL);
    execve(path.bytes, arguments.values, environment.values);
    return sys_error(ctx, "execve", path.bytes);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("seccompSetFilter", 2, seccomp_set_filter),
    JS_CFUNC_DEF("seccompExecve", 6, seccomp_execve),
};

SYS_AREA(sys_seccomp, entries);
