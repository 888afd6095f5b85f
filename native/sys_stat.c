// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What is there: attributes, entries, targets, free space.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "results.h"
#include "sys.h"

static JSValue nanoseconds(JSContext *ctx, const struct statx_timestamp *time)
{
    return JS_NewBigInt64(ctx, time->tv_sec * 1000000000 + time->tv_nsec);
}

static JSValue stat_object(JSContext *ctx, const struct statx *info)
{
    struct object stat = object_begin(ctx);
    object_int(&stat, "mode", info->stx_mode);
    object_int(&stat, "uid", info->stx_uid);
    object_int(&stat, "gid", info->stx_gid);
    object_int(&stat, "size", (int64_t)info->stx_size);
    object_int(&stat, "nlink", info->stx_nlink);
    object_bigint(&stat, "ino", info->stx_ino);
    object_bigint(&stat, "dev", makedev(info->stx_dev_major, info->stx_dev_minor));
    object_int(&stat, "rdevMajor", info->stx_rdev_major);
    object_int(&stat, "rdevMinor", info->stx_rdev_minor);
    object_int(&stat, "mtime", info->stx_mtime.tv_sec);
    object_value(&stat, "atimeNs", nanoseconds(ctx, &info->stx_atime));
    object_value(&stat, "mtimeNs", nanoseconds(ctx, &info->stx_mtime));
    object_bigint(&stat, "mountId", info->stx_mnt_id);
    return object_finish(&stat);
}

BINDING(stat_statx)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t flags;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    struct statx info;
    unsigned mask = STATX_BASIC_STATS | STATX_MNT_ID;
    if (syscall(SYS_statx, dirfd, path.bytes, (int)flags, mask, &info) < 0)
        return sys_error(ctx, "statx", path.bytes);
    return stat_object(ctx, &info);
}

BINDING(stat_faccessat2)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t mode;
    uint32_t flags;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_flags(ctx, argv[2], &mode) < 0 ||
        arg_flags(ctx, argv[3], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_faccessat2, dirfd, path.bytes, mode, flags), "faccessat2", path.bytes);
}

BINDING(stat_readlinkat)
{
    int dirfd;
    cleanup_text struct text path = {0};
    if (arg_at(ctx, argv, &dirfd, &path) < 0)
        return JS_EXCEPTION;
    // The longest target is PATH_MAX - 1; a full buffer could not be told from a cut one.
    char target[PATH_MAX];
    ssize_t length = readlinkat(dirfd, path.bytes, target, sizeof(target));
    if (length == sizeof(target)) {
        errno = ENAMETOOLONG;
        length = -1;
    }
    if (length < 0)
        return sys_error(ctx, "readlinkat", path.bytes);
    return text_to_value(ctx, target, (size_t)length);
}

BINDING(stat_fstatfs)
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

BINDING(stat_readdir)
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

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("fstatfs", 1, stat_fstatfs),       JS_CFUNC_DEF("readdir", 1, stat_readdir),
    JS_CFUNC_DEF("statx", 3, stat_statx),           JS_CFUNC_DEF("faccessat2", 4, stat_faccessat2),
    JS_CFUNC_DEF("readlinkat", 2, stat_readlinkat),
};

SYS_AREA(sys_stat, entries);
