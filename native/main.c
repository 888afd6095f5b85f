// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Starts the engine, runs the unit "main" and ends with the number that its default export returns.
//
// With TSKIT_PROGRAM for a program of a system image: the number 1 that it may have in its container makes it
// no PID 1 of a machine, and it makes no containers that could get at its file.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "crash.h"
#include "heap.h"
#include "quickjs.h"
#include "sealed-exe.h"
#include "sys.h"
#include "units.h"

enum {
    // Far above what a plan or a config.json needs; a leak in PID 1 must end in our crash report, not in an
    // OOM kill of the services.
    memory_limit = 64 * 1024 * 1024,
    // Cycles are collected only above this. A start stays below, and a cloned child does not touch the
    // reference counts of its whole heap (each a copied page) before it calls execve.
    collect_above = 4 * 1024 * 1024,
    stack_limit = 1024 * 1024,
};

// The engine throws before the kernel's limit is reached; half of a small one is left to the C code below.
static size_t stack_size(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur / 2 > stack_limit)
        return stack_limit;
    return (size_t)limit.rlim_cur / 2;
}

// Everything but the parser and what no unit uses: eval, Function(), String.normalize, Proxy, WeakRef.
static int add_intrinsics(JSContext *ctx)
{
    JS_AddIntrinsicBaseObjects(ctx);
    JS_AddIntrinsicDate(ctx);
    JS_AddIntrinsicRegExp(ctx);
    JS_AddIntrinsicJSON(ctx);
    JS_AddIntrinsicMapSet(ctx);
    JS_AddIntrinsicTypedArrays(ctx);
    JS_AddIntrinsicPromise(ctx);
    units_register(ctx);
    return sys_register(ctx);
}

static int run_main(JSContext *ctx)
{
    JSValue run = unit_load(ctx, "main");
    if (JS_IsException(run))
        crash_on_exception(ctx);
    JSValue result = JS_Call(ctx, run, JS_UNDEFINED, 0, NULL);
    JS_FreeValue(ctx, run);
    int code = 0;
    if (JS_IsException(result) || (!JS_IsUndefined(result) && JS_ToInt32(ctx, &code, result) < 0))
        crash_on_exception(ctx);
    JS_FreeValue(ctx, result);
    return code;
}

// A stream that we were started without must not become the number of a file that we open: a container would
// get that as its own. Early in the boot there is no /dev, and an empty file does as well.
static void hold_standard_streams(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
        if (fd < 0)
            fd = memfd_create("null", 0);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static JSRuntime *new_runtime(void)
{
#ifdef TSKIT_SANITIZE
    return JS_NewRuntime();
#else
    return JS_NewRuntime2(&heap_functions, NULL);
#endif
}

int main(int argc, char **argv)
{
    sys_set_arguments(argc, argv);
    hold_standard_streams();
#ifndef TSKIT_PROGRAM
    sealed_exe_ensure(argc, argv);
#endif
    JSRuntime *runtime = new_runtime();
    JSContext *ctx = runtime == NULL ? NULL : JS_NewContextRaw(runtime);
    crash_arm(ctx);
#ifdef TSKIT_PROGRAM
    crash_disarm();
#endif
    if (ctx == NULL)
        crash_on("no memory to start");
    JS_SetMemoryLimit(runtime, memory_limit);
    JS_SetGCThreshold(runtime, collect_above);
    JS_SetMaxStackSize(runtime, stack_size());
    if (add_intrinsics(ctx) < 0)
        crash_on_exception(ctx);
    int code = run_main(ctx);
    crash_unless_ending_is_allowed("PID 1 came to its end");
#ifdef TSKIT_SANITIZE
    // For the leak check of the sanitizer build; otherwise the kernel does it faster.
    JS_FreeContext(ctx);
    JS_FreeRuntime(runtime);
#endif
    return code;
}
