// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// System calls on open files. sys_path.c has those that take a path.

#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "results.h"
#include "sys.h"

BINDING(file_close)
{
    int fd;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, close(fd), "close", NULL);
}

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

BINDING(file_fstatfs)
{
    int fd;
    struct statfs info;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    if (fstatfs(fd, &info) < 0)
        return sys_error(ctx, "fstatfs", NULL);
    double block = (double)info.f_bsize;
    struct object result = object_begin(ctx);
    object_int(&result, "type", (uint32_t)info.f_type);
    object_value(&result, "size", JS_NewFloat64(ctx, (double)info.f_blocks * block));
    object_value(&result, "free", JS_NewFloat64(ctx, (double)info.f_bavail * block));
    return object_finish(&result);
}

// The kernel's struct linux_dirent64 has no header of its own; getdents64(2).
struct directory_entry {
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

static void append_entries(JSContext *ctx, struct list *list, const char *buffer, long size)
{
    for (long at = 0; at < size;) {
        const struct directory_entry *entry = (const void *)(buffer + at);
        at += entry->size;
        if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
            continue;
        struct object item = object_begin(ctx);
        object_value(&item, "name", text_to_value(ctx, entry->name, strlen(entry->name)));
        object_int(&item, "type", entry->type);
        list_append(list, object_finish(&item));
    }
}

BINDING(file_readdir)
{
    int fd;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return sys_error(ctx, "lseek", NULL);
    _Alignas(struct directory_entry) char buffer[16384];
    struct list list = list_begin(ctx);
    long size;
    while ((size = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
        append_entries(ctx, &list, buffer, size);
    if (size < 0) {
        JS_FreeValue(ctx, list.base.value);
        return sys_error(ctx, "getdents64", NULL);
    }
    return list_finish(&list);
}

BINDING(file_flock)
{
    int fd;
    int operation;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int(ctx, argv[1], &operation) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, flock(fd, operation), "flock", NULL);
}

BINDING(file_dup3)
{
    int old_fd;
    int new_fd;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &old_fd) < 0 || arg_int(ctx, argv[1], &new_fd) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, dup3(old_fd, new_fd, (int)flags), "dup3", NULL);
}

BINDING(file_fcntl)
{
    int fd;
    int command;
    int64_t argument;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int(ctx, argv[1], &command) < 0 ||
        arg_int64(ctx, argv[2], &argument) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, fcntl(fd, command, (long)argument), "fcntl", NULL);
}

BINDING(file_pipe2)
{
    uint32_t flags;
    int ends[2];
    if (arg_flags(ctx, argv[0], &flags) < 0)
        return JS_EXCEPTION;
    if (pipe2(ends, (int)flags | O_CLOEXEC) < 0)
        return sys_error(ctx, "pipe2", NULL);
    return result_fd_pair(ctx, ends);
}

BINDING(file_close_range)
{
    uint32_t first;
    uint32_t last;
    uint32_t flags;
    if (arg_id(ctx, argv[0], &first) < 0 || arg_id(ctx, argv[1], &last) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_close_range, first, last, flags), "close_range", NULL);
}

BINDING(file_memfd_create)
{
    cleanup_text struct text name = {0};
    uint32_t flags;
    if (text_from_path(ctx, argv[0], &name) < 0 || arg_flags(ctx, argv[1], &flags) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, memfd_create(name.bytes, flags | MFD_CLOEXEC), "memfd_create", name.bytes);
}

BINDING(file_copy_file_range)
{
    int from;
    int to;
    uint64_t length;
    if (arg_int(ctx, argv[0], &from) < 0 || arg_int(ctx, argv[1], &to) < 0 ||
        arg_uint64(ctx, argv[2], &length) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, copy_file_range(from, NULL, to, NULL, length, 0), "copy_file_range", NULL);
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

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("close", 1, file_close),
    JS_CFUNC_DEF("read", 2, file_read),
    JS_CFUNC_DEF("pread", 3, file_pread),
    JS_CFUNC_DEF("write", 2, file_write),
    JS_CFUNC_DEF("lseek", 3, file_lseek),
    JS_CFUNC_DEF("ftruncate", 2, file_ftruncate),
    JS_CFUNC_DEF("fsync", 1, file_fsync),
    JS_CFUNC_DEF("fchmod", 2, file_fchmod),
    JS_CFUNC_DEF("fchown", 3, file_fchown),
    JS_CFUNC_DEF("fstatfs", 1, file_fstatfs),
    JS_CFUNC_DEF("readdir", 1, file_readdir),
    JS_CFUNC_DEF("flock", 2, file_flock),
    JS_CFUNC_DEF("dup3", 3, file_dup3),
    JS_CFUNC_DEF("fcntl", 3, file_fcntl),
    JS_CFUNC_DEF("pipe2", 1, file_pipe2),
    JS_CFUNC_DEF("closeRange", 3, file_close_range),
    JS_CFUNC_DEF("memfdCreate", 2, file_memfd_create),
    JS_CFUNC_DEF("copyFileRange", 3, file_copy_file_range),
    JS_CFUNC_DEF("fsetxattr", 4, file_fsetxattr),
    JS_CFUNC_DEF("fgetxattr", 2, file_fgetxattr),
};

SYS_AREA(sys_file, entries);
