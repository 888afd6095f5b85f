// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Kernel modules, and the end of the machine.

#include <linux/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "last-act.h"
#include "sys.h"

BINDING(power_finit_module)
{
    int fd;
    cleanup_text struct text parameters = {0};
    uint32_t flags;
    if (arg_int(ctx, argv[0], &fd) < 0 || text_from_path(ctx, argv[1], &parameters) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_finit_module, fd, parameters.bytes, flags), "finit_module", NULL);
}

BINDING(power_reboot)
{
    uint32_t command;
    if (arg_flags(ctx, argv[0], &command) < 0)
        return JS_EXCEPTION;
    long result = syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, NULL);
    return sys_done(ctx, result, "reboot", NULL);
}

BINDING(power_set_panic_action)
{
    uint32_t command;
    if (arg_flags(ctx, argv[0], &command) < 0)
        return JS_EXCEPTION;
    last_act_set(command);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("finitModule", 3, power_finit_module),
    JS_CFUNC_DEF("reboot", 1, power_reboot),
    JS_CFUNC_DEF("setPanicAction", 1, power_set_panic_action),
};

SYS_AREA(sys_power, entries);
