// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Descriptors themselves: making, copying, marking, locking and closing them.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "results.h"
#include "sys.h"

BINDING(descriptor_close)
{
    int fd;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, close(fd), "close", NULL);
}

BINDING(descriptor_flock)
{
    int fd;
    int operation;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int(ctx, argv[1], &operation) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, flock(fd, operation), "flock", NULL);
}

BINDING(descriptor_dup3)
{
    int old_fd;
    int new_fd;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &old_fd) < 0 || arg_int(ctx, argv[1], &new_fd) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, dup3(old_fd, new_fd, (int)flags), "dup3", NULL);
}

BINDING(descriptor_fcntl)
{
    int fd;
    int command;
    int64_t argument;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int(ctx, argv[1], &command) < 0 ||
        arg_int64(ctx, argv[2], &argument) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, fcntl(fd, command, (long)argument), "fcntl", NULL);
}

BINDING(descriptor_pipe2)
{
    uint32_t flags;
    int ends[2];
    if (arg_flags(ctx, argv[0], &flags) < 0)
        return JS_EXCEPTION;
    if (pipe2(ends, (int)flags | O_CLOEXEC) < 0)
        return sys_error(ctx, "pipe2", NULL);
    return result_fd_pair(ctx, ends);
}

BINDING(descriptor_close_range)
{
    uint32_t first;
    uint32_t last;
    uint32_t flags;
    if (arg_id(ctx, argv[0], &first) < 0 || arg_id(ctx, argv[1], &last) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_close_range, first, last, flags), "close_range", NULL);
}

BINDING(descriptor_memfd_create)
{
    cleanup_text struct text name = {0};
    uint32_t flags;
    if (text_from_path(ctx, argv[0], &name) < 0 || arg_flags(ctx, argv[1], &flags) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, memfd_create(name.bytes, flags | MFD_CLOEXEC), "memfd_create", name.bytes);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("close", 1, descriptor_close),
    JS_CFUNC_DEF("dup3", 3, descriptor_dup3),
    JS_CFUNC_DEF("fcntl", 3, descriptor_fcntl),
    JS_CFUNC_DEF("pipe2", 1, descriptor_pipe2),
    JS_CFUNC_DEF("closeRange", 3, descriptor_close_range),
    JS_CFUNC_DEF("memfdCreate", 2, descriptor_memfd_create),
    JS_CFUNC_DEF("flock", 2, descriptor_flock),
};

SYS_AREA(sys_descriptor, entries);
