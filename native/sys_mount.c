// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Mounts. Called by number: the kernel's linux/mount.h, which has the newer structures, does not go together
// with the C library's sys/mount.h.

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "sys.h"

BINDING(mount_mount)
{
    cleanup_text struct text source = {0};
    cleanup_text struct text target = {0};
    cleanup_text struct text type = {0};
    uint32_t flags;
    cleanup_text struct text data = {0};
    if (arg_text_or_null(ctx, argv[0], &source) < 0 || text_from_path(ctx, argv[1], &target) < 0 ||
        arg_text_or_null(ctx, argv[2], &type) < 0 || arg_flags(ctx, argv[3], &flags) < 0 ||
        arg_text_or_null(ctx, argv[4], &data) < 0)
        return JS_EXCEPTION;
    long result =
        syscall(SYS_mount, source.bytes, target.bytes, type.bytes, (unsigned long)flags, data.bytes);
    return sys_done(ctx, result, "mount", target.bytes);
}

BINDING(mount_umount2)
{
    cleanup_text struct text target = {0};
    uint32_t flags;
    if (text_from_path(ctx, argv[0], &target) < 0 || arg_flags(ctx, argv[1], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_umount2, target.bytes, flags), "umount2", target.bytes);
}

BINDING(mount_swapon)
{
    cleanup_text struct text path = {0};
    uint32_t flags;
    if (text_from_path(ctx, argv[0], &path) < 0 || arg_flags(ctx, argv[1], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_swapon, path.bytes, flags), "swapon", path.bytes);
}

BINDING(mount_pivot_root)
{
    cleanup_text struct text new_root = {0};
    cleanup_text struct text put_old = {0};
    if (text_from_path(ctx, argv[0], &new_root) < 0 || text_from_path(ctx, argv[1], &put_old) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_pivot_root, new_root.bytes, put_old.bytes), "pivot_root",
                    new_root.bytes);
}

BINDING(mount_open_tree)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t flags;
    if (arg_int(ctx, argv[0], &dirfd) < 0 || text_from_path(ctx, argv[1], &path) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_open_tree, dirfd, path.bytes, flags | OPEN_TREE_CLOEXEC), "open_tree",
                      path.bytes);
}

BINDING(mount_move_mount)
{
    int from_fd;
    cleanup_text struct text from_path = {0};
    int to_fd;
    cleanup_text struct text to_path = {0};
    uint32_t flags;
    if (arg_int(ctx, argv[0], &from_fd) < 0 || text_from_path(ctx, argv[1], &from_path) < 0 ||
        arg_int(ctx, argv[2], &to_fd) < 0 || text_from_path(ctx, argv[3], &to_path) < 0 ||
        arg_flags(ctx, argv[4], &flags) < 0)
        return JS_EXCEPTION;
    long result = syscall(SYS_move_mount, from_fd, from_path.bytes, to_fd, to_path.bytes, flags);
    return sys_done(ctx, result, "move_mount", to_path.bytes);
}

BINDING(mount_fsopen)
{
    cleanup_text struct text type = {0};
    uint32_t flags;
    if (text_from_path(ctx, argv[0], &type) < 0 || arg_flags(ctx, argv[1], &flags) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_fsopen, type.bytes, flags | FSOPEN_CLOEXEC), "fsopen", type.bytes);
}

BINDING(mount_fspick)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t flags;
    if (arg_at(ctx, argv, &dirfd, &path) < 0 || arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_fspick, dirfd, path.bytes, flags | FSPICK_CLOEXEC), "fspick",
                      path.bytes);
}

BINDING(mount_fsconfig)
{
    int fd;
    uint32_t command;
    cleanup_text struct text key = {0};
    cleanup_text struct text value = {0};
    int aux;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_flags(ctx, argv[1], &command) < 0 ||
        arg_text_or_null(ctx, argv[2], &key) < 0 || arg_text_or_null(ctx, argv[3], &value) < 0 ||
        arg_int(ctx, argv[4], &aux) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_fsconfig, fd, command, key.bytes, value.bytes, aux), "fsconfig",
                    key.bytes);
}

BINDING(mount_fsmount)
{
    int fd;
    uint32_t flags;
    uint32_t attributes;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_flags(ctx, argv[1], &flags) < 0 ||
        arg_flags(ctx, argv[2], &attributes) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_fsmount, fd, flags | FSMOUNT_CLOEXEC, attributes), "fsmount", NULL);
}

BINDING(mount_setattr)
{
    int dirfd;
    cleanup_text struct text path = {0};
    uint32_t flags;
    uint64_t set = 0;
    uint64_t clear = 0;
    uint64_t propagation = 0;
    int userns = 0;
    if (arg_int(ctx, argv[0], &dirfd) < 0 || text_from_path(ctx, argv[1], &path) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0 || field_uint64(ctx, argv[3], "set", &set) < 0 ||
        field_uint64(ctx, argv[3], "clear", &clear) < 0 ||
        field_uint64(ctx, argv[3], "propagation", &propagation) < 0 ||
        field_int(ctx, argv[3], "usernsFd", &userns) < 0)
        return JS_EXCEPTION;
    struct mount_attr attributes = {
        .attr_set = set,
        .attr_clr = clear,
        .propagation = propagation,
        .userns_fd = userns < 0 ? 0 : (__u64)userns,
    };
    long result = syscall(SYS_mount_setattr, dirfd, path.bytes, flags, &attributes, sizeof(attributes));
    return sys_done(ctx, result, "mount_setattr", path.bytes);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("mount", 5, mount_mount),          JS_CFUNC_DEF("umount2", 2, mount_umount2),
    JS_CFUNC_DEF("pivotRoot", 2, mount_pivot_root), JS_CFUNC_DEF("openTree", 3, mount_open_tree),
    JS_CFUNC_DEF("moveMount", 5, mount_move_mount), JS_CFUNC_DEF("fsopen", 2, mount_fsopen),
    JS_CFUNC_DEF("fsconfig", 5, mount_fsconfig),    JS_CFUNC_DEF("fsmount", 3, mount_fsmount),
    JS_CFUNC_DEF("mountSetattr", 4, mount_setattr), JS_CFUNC_DEF("fspick", 3, mount_fspick),
    JS_CFUNC_DEF("swapon", 2, mount_swapon),
};

SYS_AREA(sys_mount, entries);
