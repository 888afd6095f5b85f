// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Sockets.

#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "arguments.h"
#include "error.h"
#include "results.h"
#include "sys.h"

// SCM_MAX_FD: the kernel passes no more in one message.
enum { most_fds = 253 };

union fd_control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(most_fds * sizeof(int))];
};

BINDING(socket_socket)
{
    int domain;
    int type;
    int protocol;
    if (arg_int(ctx, argv[0], &domain) < 0 || arg_int(ctx, argv[1], &type) < 0 ||
        arg_int(ctx, argv[2], &protocol) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, socket(domain, type | SOCK_CLOEXEC, protocol), "socket", NULL);
}

BINDING(socket_socketpair)
{
    int domain;
    int type;
    int protocol;
    int ends[2];
    if (arg_int(ctx, argv[0], &domain) < 0 || arg_int(ctx, argv[1], &type) < 0 ||
        arg_int(ctx, argv[2], &protocol) < 0)
        return JS_EXCEPTION;
    if (socketpair(domain, type | SOCK_CLOEXEC, protocol, ends) < 0)
        return sys_error(ctx, "socketpair", NULL);
    return result_fd_pair(ctx, ends);
}

BINDING(socket_bind)
{
    int fd;
    struct address address;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_address(ctx, argv[1], &address) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, bind(fd, &address.any.base, address.length), "bind", address_name(&address));
}

BINDING(socket_connect)
{
    int fd;
    struct address address;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_address(ctx, argv[1], &address) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, connect(fd, &address.any.base, address.length), "connect", address_name(&address));
}

BINDING(socket_listen)
{
    int fd;
    int backlog;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int(ctx, argv[1], &backlog) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, listen(fd, backlog), "listen", NULL);
}

BINDING(socket_accept4)
{
    int fd;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_flags(ctx, argv[1], &flags) < 0)
        return JS_EXCEPTION;
    return sys_number(ctx, accept4(fd, NULL, NULL, (int)flags | SOCK_CLOEXEC), "accept4", NULL);
}

static void attach_fds(struct msghdr *message, union fd_control *control, const struct ints *fds)
{
    size_t size = fds->length * sizeof(int);
    memset(control, 0, sizeof(*control));
    message->msg_control = control;
    message->msg_controllen = (socklen_t)CMSG_SPACE(size);
    control->header.cmsg_level = SOL_SOCKET;
    control->header.cmsg_type = SCM_RIGHTS;
    control->header.cmsg_len = (socklen_t)CMSG_LEN(size);
    memcpy(CMSG_DATA(&control->header), fds->values, size);
}

BINDING(socket_sendmsg)
{
    int fd;
    struct bytes bytes;
    cleanup_ints struct ints fds = {0};
    uint32_t flags;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_ints(ctx, argv[2], &fds) < 0 ||
        arg_flags(ctx, argv[3], &flags) < 0 || arg_bytes(ctx, argv[1], &bytes) < 0)
        return JS_EXCEPTION;
    if (fds.length > most_fds)
        return JS_ThrowRangeError(ctx, "sendmsg: at most %d descriptors", most_fds);
    struct iovec part = {.iov_base = bytes.data, .iov_len = bytes.length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    union fd_control control;
    if (fds.length > 0)
        attach_fds(&message, &control, &fds);
    return sys_number(ctx, sendmsg(fd, &message, (int)flags), "sendmsg", NULL);
}

#pragma GCC diagnostic push
// musl's CMSG_NXTHDR mixes signed and unsigned.
#pragma GCC diagnostic ignored "-Wsign-conversion"
static JSValue received_fds(JSContext *ctx, struct msghdr *message)
{
    struct list list = list_begin(ctx);
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL; at = CMSG_NXTHDR(message, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(at) + i * sizeof(fd), sizeof(fd));
            list_append(&list, JS_NewInt32(ctx, fd));
        }
    }
    return list_finish(&list);
}
#pragma GCC diagnostic pop

BINDING(socket_recvmsg)
{
    int fd;
    struct bytes buffer;
    uint32_t flags;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_bytes(ctx, argv[1], &buffer) < 0 ||
        arg_flags(ctx, argv[2], &flags) < 0)
        return JS_EXCEPTION;
    struct iovec part = {.iov_base = buffer.data, .iov_len = buffer.length};
    union fd_control control;
    // Room for a name of any family: the sanitizers take the length that the kernel tells for the length that
    // it wrote.
    union {
        struct sockaddr_nl netlink;
        struct sockaddr_storage any;
    } sender = {.any = {.ss_family = AF_UNSPEC}};
    struct msghdr message = {
        .msg_name = &sender,
        .msg_namelen = sizeof(sender),
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    ssize_t length = recvmsg(fd, &message, (int)flags | MSG_CMSG_CLOEXEC);
    if (length < 0)
        return sys_error(ctx, "recvmsg", NULL);
    struct object result = object_begin(ctx);
    object_int(&result, "length", length);
    object_value(&result, "fds", received_fds(ctx, &message));
    bool truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    object_value(&result, "truncated", JS_NewBool(ctx, truncated));
    if (message.msg_namelen >= sizeof(sender.netlink) && sender.any.ss_family == AF_NETLINK)
        object_int(&result, "netlinkPort", sender.netlink.nl_pid);
    return object_finish(&result);
}

BINDING(socket_setsockopt)
{
    int fd;
    int level;
    int name;
    int value;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int(ctx, argv[1], &level) < 0 ||
        arg_int(ctx, argv[2], &name) < 0 || arg_int(ctx, argv[3], &value) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, setsockopt(fd, level, name, &value, sizeof(value)), "setsockopt", NULL);
}

BINDING(socket_getsockopt)
{
    int fd;
    int level;
    int name;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int(ctx, argv[1], &level) < 0 ||
        arg_int(ctx, argv[2], &name) < 0)
        return JS_EXCEPTION;
    int value = 0;
    socklen_t size = sizeof(value);
    if (getsockopt(fd, level, name, &value, &size) < 0)
        return sys_error(ctx, "getsockopt", NULL);
    return JS_NewInt32(ctx, value);
}

BINDING(socket_shutdown)
{
    int fd;
    int how;
    if (arg_int(ctx, argv[0], &fd) < 0 || arg_int(ctx, argv[1], &how) < 0)
        return JS_EXCEPTION;
    return sys_done(ctx, shutdown(fd, how), "shutdown", NULL);
}

BINDING(socket_peer_credentials)
{
    int fd;
    if (arg_int(ctx, argv[0], &fd) < 0)
        return JS_EXCEPTION;
    struct ucred credentials;
    socklen_t size = sizeof(credentials);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return sys_error(ctx, "getsockopt", "SO_PEERCRED");
    struct object result = object_begin(ctx);
    object_int(&result, "pid", credentials.pid);
    object_int(&result, "uid", credentials.uid);
    object_int(&result, "gid", credentials.gid);
    return object_finish(&result);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("socket", 3, socket_socket),
    JS_CFUNC_DEF("socketpair", 3, socket_socketpair),
    JS_CFUNC_DEF("bind", 2, socket_bind),
    JS_CFUNC_DEF("connect", 2, socket_connect),
    JS_CFUNC_DEF("listen", 2, socket_listen),
    JS_CFUNC_DEF("accept4", 2, socket_accept4),
    JS_CFUNC_DEF("sendmsg", 4, socket_sendmsg),
    JS_CFUNC_DEF("recvmsg", 3, socket_recvmsg),
    JS_CFUNC_DEF("setsockopt", 4, socket_setsockopt),
    JS_CFUNC_DEF("getsockopt", 3, socket_getsockopt),
    JS_CFUNC_DEF("shutdown", 2, socket_shutdown),
    JS_CFUNC_DEF("peerCredentials", 1, socket_peer_credentials),
};

SYS_AREA(sys_socket, entries);
