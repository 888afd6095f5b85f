// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// eBPF: as much of it as a cgroup's device rules need.

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "sys.h"

#define INSTRUCTION_SIZE 8

BINDING(bpf_prog_load)
{
    int type;
    struct bytes instructions;
    cleanup_text struct text license = {0};
    if (arg_int(ctx, argv[0], &type) < 0 || text_from_path(ctx, argv[2], &license) < 0 ||
        arg_bytes(ctx, argv[1], &instructions) < 0)
        return JS_EXCEPTION;
    if (instructions.length % INSTRUCTION_SIZE != 0)
        return JS_ThrowRangeError(ctx, "bpf: expected whole instructions, found %zu bytes",
                                  instructions.length);
    union bpf_attr attr = {
        .prog_type = (uint32_t)type,
        .insns = (uint64_t)(uintptr_t)instructions.data,
        .insn_cnt = (uint32_t)(instructions.length / INSTRUCTION_SIZE),
        .license = (uint64_t)(uintptr_t)license.bytes,
    };
    return sys_number(ctx, syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr), "bpf", "BPF_PROG_LOAD");
}

BINDING(bpf_prog_attach)
{
    int target;
    int program;
    int type;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &target) < 0 || arg_int(ctx, argv[1], &program) < 0 ||
        arg_int(ctx, argv[2], &type) < 0 || arg_flags(ctx, argv[3], &flags) < 0)
        return JS_EXCEPTION;
    union bpf_attr attr = {
        .target_fd = (uint32_t)target,
        .attach_bpf_fd = (uint32_t)program,
        .attach_type = (uint32_t)type,
        .attach_flags = flags,
    };
    return sys_done(ctx, syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr), "bpf", "BPF_PROG_ATTACH");
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("bpfProgLoad", 3, bpf_prog_load),
    JS_CFUNC_DEF("bpfProgAttach", 4, bpf_prog_attach),
};

SYS_AREA(sys_bpf, entries);
