// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// When and where a process runs: scheduling policy, CPUs, priority of its input and output, NUMA nodes.

#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "results.h"
#include "sys.h"

static int arg_sched_attr(JSContext *ctx, JSValueConst value, struct sched_attr *out)
{
    int policy = 0;
    uint64_t flags = 0;
    int nice = 0;
    int priority = 0;
    uint64_t runtime = 0;
    uint64_t deadline = 0;
    uint64_t period = 0;
    if (field_int(ctx, value, "policy", &policy) < 0 || field_uint64(ctx, value, "flags", &flags) < 0 ||
        field_int(ctx, value, "nice", &nice) < 0 || field_int(ctx, value, "priority", &priority) < 0 ||
        field_uint64(ctx, value, "runtime", &runtime) < 0 ||
        field_uint64(ctx, value, "deadline", &deadline) < 0 ||
        field_uint64(ctx, value, "period", &period) < 0)
        return -1;
    *out = (struct sched_attr){
        .size = sizeof(*out),
        .sched_policy = (uint32_t)policy,
        .sched_flags = flags,
        .sched_nice = nice,
        .sched_priority = (uint32_t)priority,
        .sched_runtime = runtime,
        .sched_deadline = deadline,
        .sched_period = period,
    };
    return 0;
}

BINDING(schedule_setattr)
{
    int pid;
    struct sched_attr attributes;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &pid) < 0 || arg_sched_attr(ctx, argv[1], &attributes) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_sched_setattr, pid, &attributes, flags), "sched_setattr", NULL);
}

BINDING(schedule_getaffinity)
{
    int pid;
    if (arg_int(ctx, argv[0], &pid) < 0)
        return JS_EXCEPTION;
    // As many CPUs as a kernel can be built for (NR_CPUS).
    unsigned long mask[8192 / (8 * sizeof(unsigned long))];
    long length = syscall(SYS_sched_getaffinity, pid, sizeof(mask), mask);
    if (length < 0)
        return sys_error(ctx, "sched_getaffinity", NULL);
    return result_bytes(ctx, mask, (size_t)length);
}

BINDING(schedule_setaffinity)
{
    int pid;
    struct bytes mask;
    if (arg_int(ctx, argv[0], &pid) < 0 || arg_bytes(ctx, argv[1], &mask) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_sched_setaffinity, pid, mask.length, mask.data), "sched_setaffinity",
                    NULL);
}

BINDING(schedule_ioprio_set)
{
    int which;
    int who;
    int priority;
    if (arg_int(ctx, argv[0], &which) < 0 || arg_int(ctx, argv[1], &who) < 0 ||
        arg_int(ctx, argv[2], &priority) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_ioprio_set, which, who, priority), "ioprio_set", NULL);
}

BINDING(schedule_set_mempolicy)
{
    int mode;
    struct bytes nodes;
    uint64_t most;
    if (arg_int(ctx, argv[0], &mode) < 0 || arg_bytes(ctx, argv[1], &nodes) < 0 ||
        arg_uint64(ctx, argv[2], &most) < 0)
        return JS_EXCEPTION;
    // The kernel reads whole words, one bit less than it is told.
    if (nodes.length % sizeof(unsigned long) != 0 || most > 8 * nodes.length + 1)
        return JS_ThrowRangeError(ctx, "set_mempolicy: expected nodes in whole words, found %zu bytes",
                                  nodes.length);
    long result = syscall(SYS_set_mempolicy, mode, nodes.data, (unsigned long)most);
    return sys_done(ctx, result, "set_mempolicy", NULL);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("schedSetattr", 3, schedule_setattr),
    JS_CFUNC_DEF("schedGetaffinity", 1, schedule_getaffinity),
    JS_CFUNC_DEF("schedSetaffinity", 2, schedule_setaffinity),
    JS_CFUNC_DEF("ioprioSet", 3, schedule_ioprio_set),
    JS_CFUNC_DEF("setMempolicy", 3, schedule_set_mempolicy),
};

SYS_AREA(sys_schedule, entries);
