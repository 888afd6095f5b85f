// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Socket addresses between JavaScript (SocketAddress in init/sys.d.ts) and the kernel.

#ifndef TSKIT_ADDRESS_H
#define TSKIT_ADDRESS_H

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
// Behind sys/socket.h, whose types it uses.
#include <linux/vm_sockets.h>

#include "quickjs.h"

struct address {
    union {
        struct sockaddr base;
        struct sockaddr_un local;
        struct sockaddr_in ip4;
        struct sockaddr_in6 ip6;
        struct sockaddr_nl netlink;
        struct sockaddr_vm vsock;
    } any;
    socklen_t length;
};

// Returns -1 with an exception pending.
int arg_address(JSContext *ctx, JSValueConst value, struct address *out);

// For messages: the path of a local socket, NULL for others.
const char *address_name(const struct address *address);

#endif
