// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "address.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "arguments.h"

// A path that begins with NUL is a name in the abstract namespace and has no NUL at its end (unix(7)). An
// empty one would have the kernel choose a name.
static int local_address(JSContext *ctx, JSValueConst path, struct address *out)
{
    cleanup_text struct text name = {0};
    if (text_from_value(ctx, path, &name) < 0)
        return -1;
    struct sockaddr_un *local = &out->any.local;
    int abstract = name.length > 0 && name.bytes[0] == '\0';
    if (name.length == 0 || (!abstract && memchr(name.bytes, '\0', name.length) != NULL)) {
        JS_ThrowTypeError(ctx, "expected a socket's path, found one that is empty or has a NUL inside");
        return -1;
    }
    if (name.length + !abstract > sizeof(local->sun_path)) {
        JS_ThrowRangeError(ctx, "socket path longer than %zu bytes", sizeof(local->sun_path) - 1);
        return -1;
    }
    memcpy(local->sun_path, name.bytes, name.length);
    out->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name.length + !abstract);
    return 0;
}

static int numeric_address(JSContext *ctx, JSValueConst value, int family, void *out)
{
    cleanup_text struct text text = {0};
    if (text_from_path(ctx, value, &text) < 0)
        return -1;
    if (inet_pton(family, text.bytes, out) == 1)
        return 0;
    JS_ThrowTypeError(ctx, "expected a numeric address, found \"%s\"", text.bytes);
    return -1;
}

static int arg_port(JSContext *ctx, JSValueConst value, in_port_t *out)
{
    int port = 0;
    if (field_int(ctx, value, "port", &port) < 0)
        return -1;
    if (port < 0 || port > UINT16_MAX) {
        JS_ThrowRangeError(ctx, "no port %d", port);
        return -1;
    }
    *out = htons((uint16_t)port);
    return 0;
}

static int arg_uint32(JSContext *ctx, JSValueConst value, const char *name, uint32_t *out)
{
    uint64_t number = 0;
    if (field_uint64(ctx, value, name, &number) < 0)
        return -1;
    if (number > UINT32_MAX) {
        JS_ThrowRangeError(ctx, "%s of more than 32 bits", name);
        return -1;
    }
    *out = (uint32_t)number;
    return 0;
}

static int fill(JSContext *ctx, JSValueConst value, JSValueConst name, struct address *out)
{
    switch (out->any.base.sa_family) {
    case AF_UNIX:
        return local_address(ctx, name, out);
    case AF_INET:
        out->length = sizeof(out->any.ip4);
        return numeric_address(ctx, name, AF_INET, &out->any.ip4.sin_addr) < 0 ||
                       arg_port(ctx, value, &out->any.ip4.sin_port) < 0
                   ? -1
                   : 0;
    case AF_INET6:
        out->length = sizeof(out->any.ip6);
        return numeric_address(ctx, name, AF_INET6, &out->any.ip6.sin6_addr) < 0 ||
                       arg_port(ctx, value, &out->any.ip6.sin6_port) < 0
                   ? -1
                   : 0;
    case AF_NETLINK:
        out->length = sizeof(out->any.netlink);
        return arg_uint32(ctx, value, "groups", &out->any.netlink.nl_groups);
    case AF_VSOCK:
        out->length = sizeof(out->any.vsock);
        return arg_uint32(ctx, value, "cid", &out->any.vsock.svm_cid) < 0 ||
                       arg_uint32(ctx, value, "port", &out->any.vsock.svm_port) < 0
                   ? -1
                   : 0;
    default:
        JS_ThrowTypeError(ctx, "address family %d is not known", out->any.base.sa_family);
        return -1;
    }
}

int arg_address(JSContext *ctx, JSValueConst value, struct address *out)
{
    int family = AF_UNSPEC;
    memset(out, 0, sizeof(*out));
    if (field_int(ctx, value, "family", &family) < 0)
        return -1;
    // A family that the kernel's field cannot hold is none that fill() knows.
    if (family < 0 || family > UINT16_MAX)
        family = AF_UNSPEC;
    out->any.base.sa_family = (sa_family_t)family;
    JSValue name = JS_GetPropertyStr(ctx, value, family == AF_UNIX ? "path" : "address");
    if (JS_IsException(name))
        return -1;
    int result = fill(ctx, value, name, out);
    JS_FreeValue(ctx, name);
    return result;
}

const char *address_name(const struct address *address)
{
    const char *path = address->any.local.sun_path;
    return address->any.base.sa_family == AF_UNIX && path[0] != '\0' ? path : NULL;
}
