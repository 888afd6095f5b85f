// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// System calls that take a path. sys_file.c has those on open files.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "results.h"
#include "sys.h"

BINDING(path_openat)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t flags;
    uint32_t mode;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_flags(ctx, argv[2], &flags) < 0 ||
        arg_flags(ctx, argv[3], &mode) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, openat(dirfd, path.bytes, (int)flags | O_CLOEXEC, mode), "openat", path.bytes);
}

BINDING(path_openat2)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint64_t flags = 0;
    uint64_t mode = 0;
    uint64_t resolve = 0;
    int optional = 0;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || field_uint64(ctx, argv[2], "flags", &flags) < 0 ||
        field_uint64(ctx, argv[2], "mode", &mode) < 0 ||
        field_uint64(ctx, argv[2], "resolve", &resolve) < 0 ||
        field_int(ctx, argv[2], "optional", &optional) < 0)
        return JS_EXCEPTION;
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    long fd = syscall(SYS_openat2, dirfd, path.bytes, &how, sizeof(how));
    // An error with its stack costs more than everything else that the call does.
    if (fd < 0 && optional != 0 && (errno == ENOENT || errno == ENOTDIR))
        return JS_NewInt32(ctx, -1);
    return sys_number(ctx, fd, "openat2", path.bytes);
}

BINDING(path_mkdirat)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t mode;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_flags(ctx, argv[2], &mode) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_mkdirat, dirfd, path.bytes, mode), "mkdirat", path.bytes);
}

BINDING(path_mknodat)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t mode;
    uint32_t major;
    uint32_t minor;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_flags(ctx, argv[2], &mode) < 0 ||
        arg_flags(ctx, argv[3], &major) < 0 || arg_flags(ctx, argv[4], &minor) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_mknodat, dirfd, path.bytes, mode, makedev(major, minor)), "mknodat",
                    path.bytes);
}

BINDING(path_symlinkat)
{
    cleanup_text struct text target = {0};
    int dirfd;
    cleanup_text struct text path = {0};
    if (text_from_path(ctx, argv[0], &target) < 0 || arg_at(ctx, argv + 1, &dirfd, &path) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, symlinkat(target.bytes, dirfd, path.bytes), "symlinkat", path.bytes);
}

BINDING(path_linkat)
{
    int old_dirfd;
    cleanup_text struct text old_path = {0};
    int new_dirfd;
    cleanup_text struct text new_path = {0};
    uint32_t flags;
    if (arg_at(ctx, argv, &old_dirfd, &old_path) < 0 || arg_at(ctx, argv + 2, &new_dirfd, &new_path) < 0 ||
        arg_flags(ctx, argv[4], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, linkat(old_dirfd, old_path.bytes, new_dirfd, new_path.bytes, (int)flags), "linkat",
                    new_path.bytes);
}

BINDING(path_unlinkat)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t flags;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, unlinkat(dirfd, path.bytes, (int)flags), "unlinkat", path.bytes);
}

BINDING(path_renameat2)
{
    int old_dirfd;
    cleanup_text struct text old_path = {0};
    int new_dirfd;
    cleanup_text struct text new_path = {0};
    uint32_t flags;
    if (arg_at(ctx, argv, &old_dirfd, &old_path) < 0 || arg_at(ctx, argv + 2, &new_dirfd, &new_path) < 0 ||
        arg_flags(ctx, argv[4], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_renameat2, old_dirfd, old_path.bytes, new_dirfd, new_path.bytes, flags),
                    "renameat2", old_path.bytes);
}

BINDING(path_fchownat)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t uid;
    uint32_t gid;
    uint32_t flags;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_id(ctx, argv[2], &uid) < 0 ||
        arg_id(ctx, argv[3], &gid) < 0 || arg_flags(ctx, argv[4], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, fchownat(dirfd, path.bytes, uid, gid, (int)flags), "fchownat", path.bytes);
}

BINDING(path_fchmodat)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t mode;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_flags(ctx, argv[2], &mode) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_fchmodat, dirfd, path.bytes, mode), "fchmodat", path.bytes);
}

BINDING(path_umask)
{
    uint32_t mask;
    if (arg_flags(ctx, argv[0], &mask) < 0)
        return JS_EXCEPTION;
    return JS_NewInt32(ctx, (int)syscall(SYS_umask, mask));
}

BINDING(path_chdir)
{
    cleanup_text struct text path = {0};
    if (text_from_path(ctx, argv[0], &path) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, chdir(path.bytes), "chdir", path.bytes);
}

BINDING(path_fchdir)
{
    int fd;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, fchdir(fd), "fchdir", NULL);
}

BINDING(path_chroot)
{
    cleanup_text struct text path = {0};
    if (text_from_path(ctx, argv[0], &path) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, chroot(path.bytes), "chroot", path.bytes);
}

BINDING(path_getcwd)
{
    char path[PATH_MAX];
    long size = syscall(SYS_getcwd, path, sizeof(path));
    if (size < 0)
        return sys_error(ctx, "getcwd", NULL);
    // The kernel counts the NUL.
    return text_to_value(ctx, path, (size_t)size - 1);
}

BINDING(path_sync)
{
    sync();
    return JS_UNDEFINED;
}

static struct timespec from_nanoseconds(int64_t time)
{
    const int64_t second = 1000000000;
    int64_t rest = time % second;
    int64_t below_zero = rest < 0;
    return (struct timespec){.tv_sec = time / second - below_zero, .tv_nsec = rest + below_zero * second};
}

BINDING(path_utimensat)
{
    int dirfd;
    cleanup_text struct text path = {0};
    int64_t accessed;
    int64_t modified;
    uint32_t flags;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_int64(ctx, argv[2], &accessed) < 0 ||
        arg_int64(ctx, argv[3], &modified) < 0 || arg_flags(ctx, argv[4], &flags) < 0)
        return JS_EXCEPTION;
    struct timespec times[] = {from_nanoseconds(accessed), from_nanoseconds(modified)};
    return sys_done(ctx, syscall(SYS_utimensat, dirfd, path.bytes, times, flags), "utimensat", path.bytes);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("openat", 4, path_openat),       JS_CFUNC_DEF("openat2", 3, path_openat2),
    JS_CFUNC_DEF("mkdirat", 3, path_mkdirat),     JS_CFUNC_DEF("mknodat", 5, path_mknodat),
    JS_CFUNC_DEF("symlinkat", 3, path_symlinkat), JS_CFUNC_DEF("linkat", 5, path_linkat),
    JS_CFUNC_DEF("unlinkat", 3, path_unlinkat),   JS_CFUNC_DEF("renameat2", 5, path_renameat2),
    JS_CFUNC_DEF("fchownat", 5, path_fchownat),   JS_CFUNC_DEF("fchmodat", 3, path_fchmodat),
    JS_CFUNC_DEF("umask", 1, path_umask),         JS_CFUNC_DEF("chdir", 1, path_chdir),
    JS_CFUNC_DEF("fchdir", 1, path_fchdir),       JS_CFUNC_DEF("chroot", 1, path_chroot),
    JS_CFUNC_DEF("getcwd", 0, path_getcwd),       JS_CFUNC_DEF("sync", 0, path_sync),
    JS_CFUNC_DEF("utimensat", 5, path_utimensat),
};

SYS_AREA(sys_path, entries);
