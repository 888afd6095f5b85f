// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Signals.

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "crash.h"
#include "error.h"
#include "results.h"
#include "sys.h"

// _NSIG - 1 in the kernel; the C libraries count differently.
enum { last_signal = 64 };

// Bit n - 1 stands for signal n. The C library's sigset_t functions leave out signals that it keeps for
// itself.
static int arg_signals(JSContext *ctx, JSValueConst value, uint64_t *out)
{
    cleanup_ints struct ints signals = {0};
    if (arg_ints(ctx, value, &signals) < 0)
        return -1;
    *out = 0;
    for (size_t i = 0; i < signals.length; i++) {
        if (signals.values[i] < 1 || signals.values[i] > last_signal) {
            JS_ThrowRangeError(ctx, "no signal %d", signals.values[i]);
            return -1;
        }
        *out |= UINT64_C(1) << (signals.values[i] - 1);
    }
    return 0;
}

BINDING(signal_sigprocmask)
{
    int how;
    uint64_t signals;
    if (arg_int(ctx, argv[0], &how) < 0 || arg_signals(ctx, argv[1], &signals) < 0)
        return JS_EXCEPTION;
    // The kernel leaves out SIGKILL and SIGSTOP in the same silent way.
    signals &= ~crash_signals;
    long result = syscall(SYS_rt_sigprocmask, how, &signals, NULL, sizeof(signals));
    return sys_done(ctx, result, "rt_sigprocmask", NULL);
}

// The kernel's struct sigaction, whose first word is the handler.
struct disposition {
    uintptr_t handler;
    unsigned long flags;
    uintptr_t restorer;
    uint64_t mask;
};

BINDING(signal_sigreset)
{
    // As the last call has left them, in clones too: nothing else changes them once the program runs.
    static bool known;
    static uint64_t last;
    uint64_t ignored;
    if (arg_signals(ctx, argv[0], &ignored) < 0)
        return JS_EXCEPTION;
    if (known && ignored == last)
        return JS_UNDEFINED;
    for (int number = 1; number <= last_signal; number++) {
        if (number == SIGKILL || number == SIGSTOP)
            continue;
        int ignore = ignored >> (number - 1) & 1;
        struct disposition disposition = {.handler = (uintptr_t)(ignore ? SIG_IGN : SIG_DFL)};
        if (syscall(SYS_rt_sigaction, number, &disposition, NULL, sizeof(disposition.mask)) < 0)
            return sys_error(ctx, "rt_sigaction", NULL);
    }
    known = true;
    last = ignored;
    return JS_UNDEFINED;
}

BINDING(signal_signalfd)
{
    uint64_t signals;
    if (arg_signals(ctx, argv[0], &signals) < 0)
        return JS_EXCEPTION;
    long fd = syscall(SYS_signalfd4, -1, &signals, sizeof(signals), SFD_CLOEXEC | SFD_NONBLOCK);
    return sys_number(ctx, fd, "signalfd4", NULL);
}

BINDING(signal_read)
{
    int fd;
    struct signalfd_siginfo info;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    ssize_t size = read(fd, &info, sizeof(info));
    if (size >= 0 && size != sizeof(info)) {
        errno = EINVAL;
        size = -1;
    }
    if (size < 0)
        return sys_error(ctx, "read", "signalfd");
    struct object result = object_begin(ctx);
    object_int(&result, "signal", info.ssi_signo);
    object_int(&result, "pid", info.ssi_pid);
    object_int(&result, "uid", info.ssi_uid);
    return object_finish(&result);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("sigprocmask", 2, signal_sigprocmask),
    JS_CFUNC_DEF("sigreset", 1, signal_sigreset),
    JS_CFUNC_DEF("signalfd", 1, signal_signalfd),
    JS_CFUNC_DEF("readSignal", 1, signal_read),
};

SYS_AREA(sys_signal, entries);
