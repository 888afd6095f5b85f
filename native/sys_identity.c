// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a process is and may do: ids, groups, capabilities, limits, host name. Called by number: the C
// library's functions for ids would try to change all threads.

#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "arguments.h"
#include "capabilities.h"
#include "error.h"
#include "results.h"
#include "sys.h"

BINDING(identity_getuid)
{
    return JS_NewUint32(ctx, getuid());
}

BINDING(identity_getgid)
{
    return JS_NewUint32(ctx, getgid());
}

BINDING(identity_geteuid)
{
    return JS_NewUint32(ctx, geteuid());
}

BINDING(identity_getegid)
{
    return JS_NewUint32(ctx, getegid());
}

static int arg_three_ids(JSContext *ctx, JSValueConst *argv, uint32_t ids[3])
{
    for (int i = 0; i < 3; i++)
        if (arg_id(ctx, argv[i], &ids[i]) < 0)
            return -1;
    return 0;
}

BINDING(identity_setresuid)
{
    uint32_t ids[3];
    if (arg_three_ids(ctx, argv, ids) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_setresuid, ids[0], ids[1], ids[2]), "setresuid", NULL);
}

BINDING(identity_setresgid)
{
    uint32_t ids[3];
    if (arg_three_ids(ctx, argv, ids) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_setresgid, ids[0], ids[1], ids[2]), "setresgid", NULL);
}

BINDING(identity_setgroups)
{
    cleanup_ints struct ints groups = {0};
    if (arg_ints(ctx, argv[0], &groups) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_setgroups, groups.length, groups.values), "setgroups", NULL);
}

BINDING(identity_getgroups)
{
    int count = getgroups(0, NULL);
    // calloc(0) may be NULL, which would look like memory running out.
    cleanup_free gid_t *groups = calloc((size_t)count + 1, sizeof(*groups));
    if (groups == NULL)
        return JS_ThrowOutOfMemory(ctx);
    if (getgroups(count, groups) < 0)
        return sys_error(ctx, "getgroups", NULL);
    struct list list = list_begin(ctx);
    for (int i = 0; i < count; i++)
        list_append(&list, JS_NewUint32(ctx, groups[i]));
    return list_finish(&list);
}

// Two structures: the lower and the upper 32 capabilities (capget(2), version 3).
typedef struct __user_cap_data_struct capability_halves[_LINUX_CAPABILITY_U32S_3];

static uint64_t join(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

BINDING(identity_capget)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    capability_halves halves = {0};
    if (syscall(SYS_capget, &header, halves) < 0)
        return sys_error(ctx, "capget", NULL);
    struct object sets = object_begin(ctx);
    object_bigint(&sets, "effective", join(halves[0].effective, halves[1].effective));
    object_bigint(&sets, "permitted", join(halves[0].permitted, halves[1].permitted));
    object_bigint(&sets, "inheritable", join(halves[0].inheritable, halves[1].inheritable));
    return object_finish(&sets);
}

int arg_capabilities(JSContext *ctx, JSValueConst value, struct capabilities *sets)
{
    return field_uint64(ctx, value, "effective", &sets->effective) < 0 ||
                   field_uint64(ctx, value, "permitted", &sets->permitted) < 0 ||
                   field_uint64(ctx, value, "inheritable", &sets->inheritable) < 0
               ? -1
               : 0;
}

int capabilities_set(const struct capabilities *sets)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    capability_halves halves = {
        {(uint32_t)sets->effective, (uint32_t)sets->permitted, (uint32_t)sets->inheritable},
        {(uint32_t)(sets->effective >> 32), (uint32_t)(sets->permitted >> 32),
         (uint32_t)(sets->inheritable >> 32)},
    };
    return (int)syscall(SYS_capset, &header, halves);
}

BINDING(identity_capset)
{
    struct capabilities sets = {0};
    if (arg_capabilities(ctx, argv[0], &sets) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, capabilities_set(&sets), "capset", NULL);
}

// struct rlimit64 of the kernel: always 64 bits, where the C library's may be less.
struct limit {
    uint64_t soft;
    uint64_t hard;
};

BINDING(identity_prlimit)
{
    int pid;
    int resource;
    struct limit limit;
    if (arg_int(ctx, argv[0], &pid) < 0 || arg_int(ctx, argv[1], &resource) < 0 ||
        arg_uint64(ctx, argv[2], &limit.soft) < 0 || arg_uint64(ctx, argv[3], &limit.hard) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_prlimit64, pid, resource, &limit, NULL), "prlimit", NULL);
}

BINDING(identity_getrlimit)
{
    int resource;
    int pid = 0;
    struct limit limit;
    if (arg_int(ctx, argv[0], &resource) < 0 || (!JS_IsUndefined(argv[1]) && arg_int(ctx, argv[1], &pid) < 0))
        return JS_EXCEPTION;
    if (syscall(SYS_prlimit64, pid, resource, NULL, &limit) < 0)
        return sys_error(ctx, "getrlimit", NULL);
    struct object result = object_begin(ctx);
    object_bigint(&result, "soft", limit.soft);
    object_bigint(&result, "hard", limit.hard);
    return object_finish(&result);
}

BINDING(identity_sethostname)
{
    cleanup_text struct text name = {0};
    if (text_from_path(ctx, argv[0], &name) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, sethostname(name.bytes, name.length), "sethostname", name.bytes);
}

BINDING(identity_setdomainname)
{
    cleanup_text struct text name = {0};
    if (text_from_path(ctx, argv[0], &name) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, syscall(SYS_setdomainname, name.bytes, name.length), "setdomainname", name.bytes);
}

BINDING(identity_uname)
{
    struct utsname info;
    if (uname(&info) < 0)
        return sys_error(ctx, "uname", NULL);
    const char *const names[] = {"sysname", "nodename", "release", "version", "machine"};
    const char *const values[] = {info.sysname, info.nodename, info.release, info.version, info.machine};
    struct object result = object_begin(ctx);
    for (size_t i = 0; i < length_of(names); i++)
        object_value(&result, names[i], text_to_value(ctx, values[i], strlen(values[i])));
    return object_finish(&result);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("getuid", 0, identity_getuid),
    JS_CFUNC_DEF("getgid", 0, identity_getgid),
    JS_CFUNC_DEF("geteuid", 0, identity_geteuid),
    JS_CFUNC_DEF("getegid", 0, identity_getegid),
    JS_CFUNC_DEF("setresuid", 3, identity_setresuid),
    JS_CFUNC_DEF("setresgid", 3, identity_setresgid),
    JS_CFUNC_DEF("setgroups", 1, identity_setgroups),
    JS_CFUNC_DEF("getgroups", 0, identity_getgroups),
    JS_CFUNC_DEF("capget", 0, identity_capget),
    JS_CFUNC_DEF("capset", 1, identity_capset),
    JS_CFUNC_DEF("prlimit", 4, identity_prlimit),
    JS_CFUNC_DEF("getrlimit", 2, identity_getrlimit),
    JS_CFUNC_DEF("sethostname", 1, identity_sethostname),
    JS_CFUNC_DEF("setdomainname", 1, identity_setdomainname),
    JS_CFUNC_DEF("uname", 0, identity_uname),
};

SYS_AREA(sys_identity, entries);
