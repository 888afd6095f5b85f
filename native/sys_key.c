// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Keyrings (keyctl(2)).

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "sys.h"

BINDING(key_keyctl)
{
    int operation;
    int64_t arguments[4];
    if (arg_int(ctx, argv[0], &operation) < 0)
        return JS_EXCEPTION;
    for (int i = 0; i < 4; i++)
        if (arg_int64(ctx, argv[i + 1], &arguments[i]) < 0)
            return JS_EXCEPTION;
    long result = syscall(SYS_keyctl, operation, arguments[0], arguments[1], arguments[2], arguments[3]);
    return sys_number(ctx, result, "keyctl", NULL);
}

BINDING(key_join_session_keyring)
{
    cleanup_text struct text name = {0};
    if (arg_text_or_null(ctx, argv[0], &name) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.bytes), "keyctl",
                      "KEYCTL_JOIN_SESSION_KEYRING");
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("keyctl", 5, key_keyctl),
    JS_CFUNC_DEF("joinSessionKeyring", 1, key_join_session_keyring),
};

SYS_AREA(sys_key, entries);
