// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Terminals: their attributes and size (ioctl_tty(2)). ioctlInt of sys_device.c does what takes a number.

#include <asm/termbits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "results.h"
#include "sys.h"

// asm/ioctls.h and asm-generic/termios.h repeat what the C library's sys/ioctl.h defines in its own way.
#define TCGETS     0x5401
#define TCSETSW    0x5403
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414

struct window_size {
    unsigned short rows;
    unsigned short columns;
    unsigned short width;
    unsigned short height;
};

BINDING(terminal_get_termios)
{
    int fd;
    struct termios attributes = {0};
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    if (syscall(SYS_ioctl, fd, TCGETS, &attributes) < 0)
        return sys_error(ctx, "ioctl TCGETS", NULL);
    return result_bytes(ctx, &attributes, sizeof(attributes));
}

BINDING(terminal_set_termios)
{
    int fd;
    struct bytes attributes;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_bytes(ctx, argv[1], &attributes) < 0)
        return JS_EXCEPTION;
    if (attributes.length != sizeof(struct termios))
        return JS_ThrowRangeError(ctx, "expected the %zu bytes of a termios, found %zu",
                                  sizeof(struct termios), attributes.length);
    return sys_done(ctx, syscall(SYS_ioctl, fd, TCSETSW, attributes.data), "ioctl TCSETSW", NULL);
}

BINDING(terminal_get_window_size)
{
    int fd;
    struct window_size size;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    if (syscall(SYS_ioctl, fd, TIOCGWINSZ, &size) < 0)
        return sys_error(ctx, "ioctl TIOCGWINSZ", NULL);
    struct object result = object_begin(ctx);
    object_int(&result, "rows", size.rows);
    object_int(&result, "columns", size.columns);
    return object_finish(&result);
}

BINDING(terminal_set_window_size)
{
    int fd;
    uint32_t rows;
    uint32_t columns;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_flags(ctx, argv[1], &rows) < 0 ||
        arg_flags(ctx, argv[2], &columns) < 0)
        return JS_EXCEPTION;
    if (rows > UINT16_MAX || columns > UINT16_MAX)
        return JS_ThrowRangeError(ctx, "no terminal has %u rows and %u columns", rows, columns);
    struct window_size size = {.rows = (unsigned short)rows, .columns = (unsigned short)columns};
    return sys_done(ctx, syscall(SYS_ioctl, fd, TIOCSWINSZ, &size), "ioctl TIOCSWINSZ", NULL);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("getTermios", 1, terminal_get_termios),
    JS_CFUNC_DEF("setTermios", 2, terminal_set_termios),
    JS_CFUNC_DEF("getWindowSize", 1, terminal_get_window_size),
    JS_CFUNC_DEF("setWindowSize", 3, terminal_set_window_size),
};

SYS_AREA(sys_terminal, entries);
