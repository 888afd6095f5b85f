// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Processes: making, replacing, ending and waiting for them. sys_identity.c has what a process may do.

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "crash.h"
#include "error.h"
#include "results.h"
#include "sys.h"

// What comes out of clone3. The clone is made by then: a failure must not have the child go on in the code
// that handles its parent's.
static JSValue clone_result(JSContext *ctx, long pid, int pidfd)
{
    struct object result = object_begin(ctx);
    object_int(&result, "pid", pid);
    object_int(&result, "pidfd", pidfd);
    JSValue value = object_finish(&result);
    if (JS_IsException(value) && pid == 0)
        crash_on_exception(ctx);
    if (JS_IsException(value) && pidfd >= 0)
        close(pidfd);
    return value;
}

// Without CLONE_VM the child has the engine, its heap and its stack as a copy and goes on in TypeScript.
BINDING(process_clone3)
{
    uint64_t flags = 0;
    uint64_t exit_signal = 0;
    int cgroup = -1;
    if (field_uint64(ctx, argv[0], "flags", &flags) < 0 ||
        field_uint64(ctx, argv[0], "exitSignal", &exit_signal) < 0 ||
        field_int(ctx, argv[0], "cgroupFd", &cgroup) < 0)
        return JS_EXCEPTION;
    if (flags & (CLONE_VM | CLONE_VFORK | CLONE_THREAD | CLONE_SETTLS))
        return JS_ThrowTypeError(ctx, "clone3: the engine's memory cannot be shared");
    int pidfd = -1;
    struct clone_args args = {
        .flags = cgroup >= 0 ? flags | CLONE_INTO_CGROUP : flags,
        .pidfd = (uintptr_t)&pidfd,
        .exit_signal = exit_signal,
        .cgroup = cgroup >= 0 ? (__u64)cgroup : 0,
    };
    long pid = syscall(SYS_clone3, &args, sizeof(args));
    if (pid < 0)
        return sys_error(ctx, "clone3", NULL);
    if (pid == 0)
        crash_disarm();
    return clone_result(ctx, pid, pidfd);
}

BINDING(process_execve)
{
    cleanup_text struct text path = {0};
    cleanup_texts struct texts arguments = {0};
    cleanup_texts struct texts environment = {0};
    if (text_from_path(ctx, argv[0], &path) < 0 || arg_texts(ctx, argv[1], &arguments) < 0 ||
        arg_texts(ctx, argv[2], &environment) < 0)
        return JS_EXCEPTION;
    execve(path.bytes, arguments.values, environment.values);
    return sys_error(ctx, "execve", path.bytes);
}

BINDING(process_exit)
{
    int code;
    if (arg_int(ctx, argv[0], &code) < 0)
        return JS_EXCEPTION;
    crash_unless_ending_is_allowed("exit() as PID 1");
    syscall(SYS_exit_group, code);
    // A seccomp filter forbids even that, and the C library would go on trying. A fault needs no call.
    __builtin_trap();
}

BINDING(process_wait4)
{
    int pid;
    uint32_t options;
    int status = 0;
    if (arg_int(ctx, argv[0], &pid) < 0 || arg_flags(ctx, argv[1], &options) < 0)
        return JS_EXCEPTION;
    long waited = syscall(SYS_wait4, pid, &status, options, NULL);
    if (waited < 0)
        return sys_error(ctx, "wait4", NULL);
    struct object result = object_begin(ctx);
    object_int(&result, "pid", waited);
    object_int(&result, "status", status);
    return object_finish(&result);
}

BINDING(process_kill)
{
    int pid;
    int signal;
    if (arg_int(ctx, argv[0], &pid) < 0 || arg_int(ctx, argv[1], &signal) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_kill, pid, signal), "kill", NULL);
}

BINDING(process_pidfd_open)
{
    int pid;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &pid) < 0 || arg_flags(ctx, argv[1], &flags) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_pidfd_open, pid, flags), "pidfd_open", NULL);
}

BINDING(process_pidfd_getfd)
{
    int pidfd;
    int fd;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &pidfd) < 0 || arg_int(ctx, argv[1], &fd) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_pidfd_getfd, pidfd, fd, flags), "pidfd_getfd", NULL);
}

BINDING(process_pidfd_send_signal)
{
    int pidfd;
    int signal;
    if (arg_int(ctx, argv[0], &pidfd) < 0 || arg_int(ctx, argv[1], &signal) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0), "pidfd_send_signal", NULL);
}

BINDING(process_getpid)
{
    return JS_NewInt32(ctx, getpid());
}

BINDING(process_getppid)
{
    return JS_NewInt32(ctx, getppid());
}

BINDING(process_setsid)
{
    return sys_number(ctx, setsid(), "setsid", NULL);
}

BINDING(process_setns)
{
    int fd;
    uint32_t type;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_flags(ctx, argv[1], &type) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_setns, fd, type), "setns", NULL);
}

BINDING(process_unshare)
{
    uint32_t flags;
    if (arg_flags(ctx, argv[0], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_unshare, flags), "unshare", NULL);
}

BINDING(process_prctl)
{
    int option;
    uint64_t arguments[4];
    if (arg_int(ctx, argv[0], &option) < 0)
        return JS_EXCEPTION;
    for (int i = 0; i < 4; i++)
        if (arg_uint64(ctx, argv[i + 1], &arguments[i]) < 0)
            return JS_EXCEPTION;
    long result = syscall(SYS_prctl, option, arguments[0], arguments[1], arguments[2], arguments[3]);
    return sys_number(ctx, result, "prctl", NULL);
}

BINDING(process_personality)
{
    uint32_t persona;
    if (arg_flags(ctx, argv[0], &persona) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_personality, persona), "personality", NULL);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("clone3", 1, process_clone3),
    JS_CFUNC_DEF("execve", 3, process_execve),
    JS_CFUNC_DEF("exit", 1, process_exit),
    JS_CFUNC_DEF("wait4", 2, process_wait4),
    JS_CFUNC_DEF("kill", 2, process_kill),
    JS_CFUNC_DEF("pidfdOpen", 2, process_pidfd_open),
    JS_CFUNC_DEF("pidfdGetfd", 3, process_pidfd_getfd),
    JS_CFUNC_DEF("pidfdSendSignal", 2, process_pidfd_send_signal),
    JS_CFUNC_DEF("getpid", 0, process_getpid),
    JS_CFUNC_DEF("getppid", 0, process_getppid),
    JS_CFUNC_DEF("setsid", 0, process_setsid),
    JS_CFUNC_DEF("setns", 2, process_setns),
    JS_CFUNC_DEF("unshare", 1, process_unshare),
    JS_CFUNC_DEF("prctl", 5, process_prctl),
    JS_CFUNC_DEF("personality", 1, process_personality),
};

SYS_AREA(sys_process, entries);
