// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "error.h"

#include <errno.h>
#include <stdio.h>

#include "text.h"
#include "util.h"

#define NAME(number) [number] = #number

// musl has no strerrorname_np. Numbers as in the kernel's asm-generic/errno.h.
static const char *const names[] = {
    NAME(EPERM),        NAME(ENOENT),       NAME(ESRCH),           NAME(EINTR),
    NAME(EIO),          NAME(ENXIO),        NAME(E2BIG),           NAME(ENOEXEC),
    NAME(EBADF),        NAME(ECHILD),       NAME(EAGAIN),          NAME(ENOMEM),
    NAME(EACCES),       NAME(EFAULT),       NAME(ENOTBLK),         NAME(EBUSY),
    NAME(EEXIST),       NAME(EXDEV),        NAME(ENODEV),          NAME(ENOTDIR),
    NAME(EISDIR),       NAME(EINVAL),       NAME(ENFILE),          NAME(EMFILE),
    NAME(ENOTTY),       NAME(ETXTBSY),      NAME(EFBIG),           NAME(ENOSPC),
    NAME(ESPIPE),       NAME(EROFS),        NAME(EMLINK),          NAME(EPIPE),
    NAME(EDOM),         NAME(ERANGE),       NAME(EDEADLK),         NAME(ENAMETOOLONG),
    NAME(ENOLCK),       NAME(ENOSYS),       NAME(ENOTEMPTY),       NAME(ELOOP),
    NAME(ENOMSG),       NAME(EIDRM),        NAME(ENODATA),         NAME(ETIME),
    NAME(ENOLINK),      NAME(EPROTO),       NAME(EBADMSG),         NAME(EOVERFLOW),
    NAME(EILSEQ),       NAME(ERESTART),     NAME(EUSERS),          NAME(ENOTSOCK),
    NAME(EDESTADDRREQ), NAME(EMSGSIZE),     NAME(EPROTOTYPE),      NAME(ENOPROTOOPT),
    NAME(EOPNOTSUPP),   NAME(EAFNOSUPPORT), NAME(EPROTONOSUPPORT), NAME(ESOCKTNOSUPPORT),
    NAME(EPFNOSUPPORT), NAME(EADDRINUSE),   NAME(EADDRNOTAVAIL),   NAME(ENETDOWN),
    NAME(ENETUNREACH),  NAME(ENETRESET),    NAME(ECONNABORTED),    NAME(ECONNRESET),
    NAME(ENOBUFS),      NAME(EISCONN),      NAME(ENOTCONN),        NAME(ESHUTDOWN),
    NAME(ETIMEDOUT),    NAME(ECONNREFUSED), NAME(EHOSTDOWN),       NAME(EHOSTUNREACH),
    NAME(EALREADY),     NAME(EINPROGRESS),  NAME(ESTALE),          NAME(EUCLEAN),
    NAME(EREMOTEIO),    NAME(EDQUOT),       NAME(ENOMEDIUM),       NAME(EMEDIUMTYPE),
    NAME(ECANCELED),    NAME(ENOKEY),       NAME(EKEYEXPIRED),     NAME(EKEYREVOKED),
    NAME(EKEYREJECTED), NAME(EOWNERDEAD),   NAME(ENOTRECOVERABLE), NAME(ERFKILL),
    NAME(EHWPOISON),    NAME(ENOPKG),       NAME(ECOMM),
};

void error_code(int number, char out[ERROR_CODE_SIZE])
{
    const char *name = (size_t)number < length_of(names) ? names[number] : NULL;
    if (name != NULL)
        snprintf(out, ERROR_CODE_SIZE, "%s", name);
    else
        snprintf(out, ERROR_CODE_SIZE, "E%d", number);
}

// Defines `name` as JavaScript's own errors define their message: writable, configurable, not enumerable.
static int define(JSContext *ctx, JSValueConst error, const char *name, JSValue value)
{
    if (JS_IsException(value))
        return -1;
    return JS_DefinePropertyValueStr(ctx, error, name, value, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
}

static JSValue message(JSContext *ctx, const char *syscall, const char *detail, const char *code)
{
    const char *space = detail == NULL ? "" : " ";
    const char *what = detail == NULL ? "" : detail;
    // Most fit, and then no block comes and goes (text.h).
    char near[256];
    int length = snprintf(near, sizeof(near), "%s%s%s: %s", syscall, space, what, code);
    if (length >= 0 && (size_t)length < sizeof(near))
        return text_to_value(ctx, near, (size_t)length);
    cleanup_free char *line = NULL;
    length = asprintf(&line, "%s%s%s: %s", syscall, space, what, code);
    if (length < 0) {
        line = NULL;
        return JS_ThrowOutOfMemory(ctx);
    }
    return text_to_value(ctx, line, (size_t)length);
}

JSValue sys_error(JSContext *ctx, const char *syscall, const char *detail)
{
    int number = errno;
    char code[ERROR_CODE_SIZE];
    error_code(number, code);
    JSValue error = JS_NewError(ctx);
    if (JS_IsException(error))
        return error;
    if (define(ctx, error, "message", message(ctx, syscall, detail, code)) < 0 ||
        define(ctx, error, "errno", JS_NewInt32(ctx, number)) < 0 ||
        define(ctx, error, "code", JS_NewString(ctx, code)) < 0 ||
        define(ctx, error, "syscall", JS_NewString(ctx, syscall)) < 0) {
        JS_FreeValue(ctx, error);
        return JS_EXCEPTION;
    }
    return JS_Throw(ctx, error);
}

JSValue sys_done(JSContext *ctx, long result, const char *syscall, const char *detail)
{
    return result < 0 ? sys_error(ctx, syscall, detail) : JS_UNDEFINED;
}

JSValue sys_number(JSContext *ctx, long result, const char *syscall, const char *detail)
{
    return result < 0 ? sys_error(ctx, syscall, detail) : JS_NewInt64(ctx, result);
}
