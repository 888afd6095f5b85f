// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// System calls on open files. sys_path.c has those that take a path.

#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "results.h"
#include "sys.h"

BINDING(file_read)
{
    int fd;
    struct bytes buffer;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_bytes(ctx, argv[1], &buffer) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, read(fd, buffer.data, buffer.length), "read", NULL);
}

BINDING(file_pread)
{
    int fd;
    struct bytes buffer;
    int64_t offset;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_bytes(ctx, argv[1], &buffer) < 0 ||
        arg_int64(ctx, argv[2], &offset) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, pread(fd, buffer.data, buffer.length, offset), "pread", NULL);
}

BINDING(file_write)
{
    int fd;
    struct bytes bytes;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_bytes(ctx, argv[1], &bytes) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, write(fd, bytes.data, bytes.length), "write", NULL);
}

BINDING(file_lseek)
{
    int fd;
    int64_t offset;
    int whence;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int64(ctx, argv[1], &offset) < 0 ||
        arg_int(ctx, argv[2], &whence) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, lseek(fd, offset, whence), "lseek", NULL);
}

BINDING(file_ftruncate)
{
    int fd;
    int64_t size;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int64(ctx, argv[1], &size) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, ftruncate(fd, size), "ftruncate", NULL);
}

BINDING(file_fsync)
{
    int fd;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, fsync(fd), "fsync", NULL);
}

BINDING(file_fchmod)
{
    int fd;
    uint32_t mode;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_flags(ctx, argv[1], &mode) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, fchmod(fd, mode), "fchmod", NULL);
}

BINDING(file_fchown)
{
    int fd;
    uint32_t uid;
    uint32_t gid;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_id(ctx, argv[1], &uid) < 0 || arg_id(ctx, argv[2], &gid) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, fchown(fd, uid, gid), "fchown", NULL);
}

BINDING(file_fsetxattr)
{
    int fd;
    cleanup_text struct text name = {0};
    struct bytes value;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &fd) < 0 || text_from_path(ctx, argv[1], &name) < 0 ||
        arg_bytes(ctx, argv[2], &value) < 0 || arg_flags(ctx, argv[3], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, fsetxattr(fd, name.bytes, value.data, value.length, (int)flags), "fsetxattr",
                    name.bytes);
}

BINDING(file_fgetxattr)
{
    int fd;
    cleanup_text struct text name = {0};
    if (arg_int(ctx, argv[0], &fd) < 0 || text_from_path(ctx, argv[1], &name) < 0)
        return JS_EXCEPTION;
    // No value is longer (XATTR_SIZE_MAX), so one call suffices.
    cleanup_text struct text value = {.bytes = malloc(XATTR_SIZE_MAX)};
    if (value.bytes == NULL)
        return JS_ThrowOutOfMemory(ctx);
    ssize_t length = fgetxattr(fd, name.bytes, value.bytes, XATTR_SIZE_MAX);
    if (length < 0)
        return sys_error(ctx, "fgetxattr", name.bytes);
    return result_bytes(ctx, value.bytes, (size_t)length);
}

BINDING(file_flistxattr)
{
    int fd;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    // No list is longer (XATTR_LIST_MAX), so one call suffices.
    cleanup_free char *names = malloc(XATTR_LIST_MAX);
    if (names == NULL)
        return JS_ThrowOutOfMemory(ctx);
    ssize_t length = flistxattr(fd, names, XATTR_LIST_MAX);
    if (length < 0)
        return sys_error(ctx, "flistxattr", NULL);
    struct list list = list_begin(ctx);
    for (const char *name = names; name < names + length; name += strlen(name) + 1)
        list_append(&list, text_to_value(ctx, name, strlen(name)));
    return list_finish(&list);
}

BINDING(file_sendfile)
{
    int to;
    int from;
    uint64_t count;
    if (arg_int(ctx, argv[0], &to) < 0 || arg_int(ctx, argv[1], &from) < 0 ||
        arg_uint64(ctx, argv[2], &count) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, sendfile(to, from, NULL, count), "sendfile", NULL);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("read", 2, file_read),           JS_CFUNC_DEF("pread", 3, file_pread),
    JS_CFUNC_DEF("write", 2, file_write),         JS_CFUNC_DEF("lseek", 3, file_lseek),
    JS_CFUNC_DEF("ftruncate", 2, file_ftruncate), JS_CFUNC_DEF("fsync", 1, file_fsync),
    JS_CFUNC_DEF("fchmod", 2, file_fchmod),       JS_CFUNC_DEF("fchown", 3, file_fchown),
    JS_CFUNC_DEF("sendfile", 3, file_sendfile),   JS_CFUNC_DEF("flistxattr", 1, file_flistxattr),
    JS_CFUNC_DEF("fsetxattr", 4, file_fsetxattr), JS_CFUNC_DEF("fgetxattr", 2, file_fgetxattr),
};

SYS_AREA(sys_file, entries);
