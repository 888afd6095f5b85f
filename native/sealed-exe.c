// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Two places cannot be written: a read-only overlay of the binary's folder that is mounted nowhere and has no
// upper layer, and a sealed copy in memory. The overlay takes a third of the copy's time and shares the page
// cache, but needs CAP_SYS_ADMIN and a kernel and file system that go along, so the copy is what remains. (A
// read-only bind mount is as cheap; that nobody makes it writable again would hang on its being detached.)

#include "sealed-exe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "error.h"
#include "util.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif

// linux/magic.h
#define OVERLAYFS_SUPER_MAGIC 0x794c7630

enum { all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static _Noreturn void fail(const char *call)
{
    char code[ERROR_CODE_SIZE];
    error_code(errno, code);
    dprintf(STDERR_FILENO, "tsrun: protect the runtime's own binary from containers: %s: %s\n", call, code);
    _exit(1);
}

static const char *basename_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

// As init/main.ts chooses the unit: by the name the program was called by, else by its file's.
static bool is_runtime(const char *called, const char *file)
{
    static const char *const others[] = {"init", "tsctl", "modprobe"};
    if (strcmp(basename_of(called), "tsrun") == 0)
        return true;
    return getpid() != 1 && !is_one_of(basename_of(called), others, length_of(others)) &&
           !is_one_of(basename_of(file), others, length_of(others));
}

// Global options and their values come before the command, so any argument may be it. A wrong guess costs the
// other commands a little time.
static bool makes_processes(int argc, char **argv)
{
    static const char *const commands[] = {"create", "run", "exec"};
    for (int i = 1; i < argc; i++)
        if (is_one_of(argv[i], commands, length_of(commands)))
            return true;
    return false;
}

// Of an overlay that is ours: the kernel names a program so that was started by a descriptor and a path.
static bool is_from_descriptor(void)
{
    const char *name = (const char *)getauxval(AT_EXECFN);
    return name != NULL && strncmp(name, "/dev/fd/", strlen("/dev/fd/")) == 0;
}

static bool is_sealed(int exe)
{
    int seals = fcntl(exe, F_GET_SEALS);
    if (seals >= 0 && (seals & all_seals) == all_seals)
        return true;
    struct statfs info;
    if (fstatfs(exe, &info) < 0)
        fail("fstatfs /proc/self/exe");
    return info.f_type == OVERLAYFS_SUPER_MAGIC && (info.f_flags & ST_RDONLY) != 0 && is_from_descriptor();
}

static bool is_same_file(int exe, const char *path)
{
    struct stat ours;
    struct stat there;
    return fstat(exe, &ours) == 0 && lstat(path, &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

static int set_string(int context, const char *key, const char *value)
{
    return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
}

// An overlay without upper layer has at least two lower ones; what the second holds does not matter, as the
// binary is found in the first. By descriptor, since a path could have commas and colons.
static int mount_overlay(int folder)
{
    char layers[64];
    snprintf(layers, sizeof(layers), "/proc/self/fd/%d:/sys", folder);
    cleanup_fd int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    if (context < 0 || set_string(context, "source", "tsrun") < 0 ||
        set_string(context, "lowerdir", layers) < 0 ||
        syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
}

// Returns when there is no such overlay to be had: without privilege, on another overlay, when the file was
// replaced since it was started.
static void execute_from_overlay(int exe, char *path, char **argv)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL || !is_same_file(exe, path))
        return;
    const char *name = slash + 1;
    *slash = '\0';
    cleanup_fd int folder = open(slash == path ? "/" : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int overlay = folder < 0 ? -1 : mount_overlay(folder);
    if (overlay >= 0)
        syscall(SYS_execveat, overlay, name, argv, environ, 0);
}

static int memory_file(void)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("tsrun", flags | MFD_EXEC);
    // Before Linux 6.3 there is no such flag, and every such file can be executed.
    return fd < 0 && errno == EINVAL ? memfd_create("tsrun", flags) : fd;
}

static void copy(int from, int to)
{
    const size_t at_once = 0x7ffff000;
    ssize_t copied;
    do
        copied = sendfile(to, from, NULL, at_once);
    while (copied > 0);
    if (copied < 0)
        fail("sendfile");
}

static _Noreturn void execute_copy(int exe, char **argv)
{
    int fd = memory_file();
    if (fd < 0)
        fail("memfd_create");
    copy(exe, fd);
    if (fcntl(fd, F_ADD_SEALS, all_seals) < 0)
        fail("fcntl F_ADD_SEALS");
    syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
    fail("execveat of a sealed copy");
}

void sealed_exe_ensure(int argc, char **argv)
{
    if (argc < 2 || !makes_processes(argc, argv))
        return;
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length < 0)
        fail("readlink /proc/self/exe");
    path[length] = '\0';
    if (!is_runtime(argv[0], path))
        return;
    cleanup_fd int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (exe < 0)
        fail("open /proc/self/exe");
    if (is_sealed(exe))
        return;
    execute_from_overlay(exe, path, argv);
    execute_copy(exe, argv);
}
