// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// ioctl: network interfaces, partitions, and what takes a number or a structure without pointers.
// sys_terminal.c has the other calls for terminals.

#include <errno.h>
#include <linux/blkpg.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "sys.h"

static int arg_interface(JSContext *ctx, JSValueConst value, struct ifreq *out)
{
    cleanup_text struct text name = {0};
    if (text_from_path(ctx, value, &name) < 0)
        return -1;
    if (name.length >= IFNAMSIZ) {
        errno = ENODEV;
        sys_error(ctx, "ioctl", name.bytes);
        return -1;
    }
    memset(out, 0, sizeof(*out));
    memcpy(out->ifr_name, name.bytes, name.length);
    return 0;
}

BINDING(device_interface_flags)
{
    int fd;
    struct ifreq request;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_interface(ctx, argv[1], &request) < 0)
        return JS_EXCEPTION;
    if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return sys_error(ctx, "ioctl SIOCGIFFLAGS", request.ifr_name);
    return JS_NewInt32(ctx, (uint16_t)request.ifr_flags);
}

BINDING(device_set_interface_flags)
{
    int fd;
    struct ifreq request;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_interface(ctx, argv[1], &request) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    if (flags > UINT16_MAX)
        return JS_ThrowRangeError(ctx, "interface flags of more than 16 bits");
    request.ifr_flags = (short)flags;
    return sys_done(ctx, ioctl(fd, SIOCSIFFLAGS, &request), "ioctl SIOCSIFFLAGS", request.ifr_name);
}

BINDING(device_ioctl_int)
{
    int fd;
    uint32_t request;
    int64_t argument;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_flags(ctx, argv[1], &request) < 0 ||
        arg_int64(ctx, argv[2], &argument) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, syscall(SYS_ioctl, fd, request, argument), "ioctl", NULL);
}

BINDING(device_ioctl_int_pointer)
{
    int fd;
    uint32_t request;
    int value;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_flags(ctx, argv[1], &request) < 0 ||
        arg_int(ctx, argv[2], &value) < 0)
        return JS_EXCEPTION;
    if (syscall(SYS_ioctl, fd, request, &value) < 0)
        return sys_error(ctx, "ioctl", NULL);
    return JS_NewInt32(ctx, value);
}

BINDING(device_ioctl_bytes)
{
    int fd;
    uint32_t request;
    struct bytes argument;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_flags(ctx, argv[1], &request) < 0 ||
        arg_bytes(ctx, argv[2], &argument) < 0)
        return JS_EXCEPTION;
    // Old requests say 0: then the caller alone knows.
    if (argument.length < _IOC_SIZE(request))
        return JS_ThrowRangeError(ctx, "expected %u bytes for the request, found %zu",
                                  (unsigned)_IOC_SIZE(request), argument.length);
    return sys_number(ctx, syscall(SYS_ioctl, fd, request, argument.data), "ioctl", NULL);
}

BINDING(device_blkpg)
{
    int fd;
    struct blkpg_partition partition = {0};
    struct blkpg_ioctl_arg request = {.datalen = sizeof(partition), .data = &partition};
    int64_t start;
    int64_t length;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int(ctx, argv[1], &request.op) < 0 ||
        arg_int(ctx, argv[2], &partition.pno) < 0 || arg_int64(ctx, argv[3], &start) < 0 ||
        arg_int64(ctx, argv[4], &length) < 0)
        return JS_EXCEPTION;
    partition.start = start;
    partition.length = length;
    return sys_done(ctx, ioctl(fd, BLKPG, &request), "ioctl BLKPG", NULL);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("interfaceFlags", 2, device_interface_flags),
    JS_CFUNC_DEF("setInterfaceFlags", 3, device_set_interface_flags),
    JS_CFUNC_DEF("ioctlInt", 3, device_ioctl_int),
    JS_CFUNC_DEF("ioctlIntPointer", 3, device_ioctl_int_pointer),
    JS_CFUNC_DEF("ioctlBytes", 3, device_ioctl_bytes),
    JS_CFUNC_DEF("blkpg", 5, device_blkpg),
};

SYS_AREA(sys_device, entries);
