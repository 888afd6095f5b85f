// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "crash.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "last-act.h"
#include "trace.h"
#include "util.h"

enum { stack_bytes = 64 * 1024 };

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

const uint64_t crash_signals = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGABRT);

static bool is_pid1;
static JSContext *engine;

static void print(int fd, const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

// PID 1 may have closed its descriptors, and early in the boot there may be no /dev.
static int open_report(void)
{
    if (!is_pid1)
        return STDERR_FILENO;
    int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    return fd < 0 ? STDERR_FILENO : fd;
}

static _Noreturn void end_process(void)
{
    if (is_pid1)
        last_act();
    _exit(1);
}

// A crash while reporting one ends with what has been printed so far.
static void begin_report(int fd)
{
    static bool reporting;
    if (reporting)
        end_process();
    reporting = true;
    print(fd, is_pid1 ? "\ninit crashed: " : "tskit: crashed: ");
}

static _Noreturn void finish_report(int fd)
{
    if (is_pid1) {
        print(fd, "init: ");
        print(fd, last_act_name());
        print(fd, "\n");
    }
    end_process();
}

static void print_value(int fd, JSValueConst value, const char *otherwise)
{
    const char *text = JS_ToCString(engine, value);
    print(fd, text != NULL ? text : otherwise);
    JS_FreeCString(engine, text);
}

static void print_stack(int fd, JSValueConst error, bool without_innermost)
{
    JSValue stack = JS_GetPropertyStr(engine, error, "stack");
    const char *text = JS_IsString(stack) ? JS_ToCString(engine, stack) : NULL;
    const char *first_end = text == NULL ? NULL : strchr(text, '\n');
    if (first_end != NULL)
        trace_print(fd, without_innermost ? first_end + 1 : text);
    JS_FreeCString(engine, text);
    JS_FreeValue(engine, stack);
}

// Reporting needs some memory and stack of its own, whatever the limits that were hit.
static void lift_limits(void)
{
    JS_SetMemoryLimit(JS_GetRuntime(engine), (size_t)-1);
    JS_SetMaxStackSize(JS_GetRuntime(engine), 0);
}

void crash_on_exception(JSContext *ctx)
{
    int fd = open_report();
    engine = ctx;
    lift_limits();
    begin_report(fd);
    JSValue error = JS_GetException(ctx);
    print_value(fd, error, "an exception that cannot be shown");
    print(fd, "\n");
    if (JS_IsError(ctx, error))
        print_stack(fd, error, false);
    finish_report(fd);
}

static JSValue throw_here(JSContext *ctx, JSValueConst self not_used, int argc not_used,
                          JSValueConst *argv not_used)
{
    return JS_ThrowInternalError(ctx, "crash");
}

// The engine adds a stack to an error when a native function throws it; that function is its innermost call.
static void print_current_stack(int fd)
{
    if (engine == NULL)
        return;
    lift_limits();
    JSValue function = JS_NewCFunction(engine, throw_here, "throw_here", 0);
    JS_Call(engine, function, JS_UNDEFINED, 0, NULL);
    print_stack(fd, JS_GetException(engine), true);
}

void crash_on(const char *what)
{
    int fd = open_report();
    begin_report(fd);
    print(fd, what);
    print(fd, "\n");
    print_current_stack(fd);
    finish_report(fd);
}

// The sanitizers catch the same signals and say more.
#ifndef TSKIT_SANITIZE
static const char *signal_name(int number)
{
    switch (number) {
    case SIGSEGV:
        return "SIGSEGV (invalid memory access)";
    case SIGBUS:
        return "SIGBUS (bad memory access)";
    case SIGFPE:
        return "SIGFPE (arithmetic)";
    case SIGILL:
        return "SIGILL (illegal instruction)";
    default:
        return "SIGABRT (assertion)";
    }
}

static void on_fatal_signal(int number, siginfo_t *info, void *context not_used)
{
    char what[80];
    const char *name = signal_name(number);
    // Above 0 it comes from the kernel.
    if (info->si_code > 0)
        snprintf(what, sizeof(what), "%s at address 0x%jx", name, (uintmax_t)(uintptr_t)info->si_addr);
    else
        snprintf(what, sizeof(what), "%s sent by process %d", name, info->si_pid);
    crash_on(what);
}

// The engine's assertions end here. The C library's abort() signals the thread id that it noted at the start,
// which in a cloned child is the parent's.
_Noreturn void abort(void)
{
    crash_on("assertion failed");
}

static void catch_fatal_signals(void)
{
    static char stack[stack_bytes];
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    sigaltstack(&alternate, NULL);
    // SA_NODEFER: a fault inside the report comes back here and ends it, instead of killing PID 1.
    struct sigaction disposition = {.sa_sigaction = on_fatal_signal,
                                    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    for (size_t i = 0; i < length_of(fatal); i++)
        sigaction(fatal[i], &disposition, NULL);
}
#endif

void crash_arm(JSContext *ctx)
{
    engine = ctx;
    is_pid1 = getpid() == 1;
#ifndef TSKIT_SANITIZE
    catch_fatal_signals();
#endif
}

void crash_disarm(void)
{
    is_pid1 = false;
}

void crash_unless_ending_is_allowed(const char *what)
{
    if (is_pid1)
        crash_on(what);
}
