// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors
//
// Decides system calls for containers: seccomp-agent SOCKET NUMBER ERRNO. Listens, prints "ready", and for
// each connection the container process state as it came, on one line. Calls of that number get the error,
// all others go on.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0) {
        perror(path);
        exit(1);
    }
    return fd;
}

static int descriptor_of(struct msghdr *message)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    int fd = -1;
    if (header != NULL && header->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

/** Prints the state and returns the listener. */
static int receive(int connection)
{
    static char text[65536];
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {.iov_base = text, .iov_len = sizeof text};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    int listener = length > 0 ? descriptor_of(&message) : -1;
    for (ssize_t more;
         length > 0 && (more = read(connection, text + length, sizeof text - (size_t)length)) > 0;)
        length += more;
    close(connection);
    printf("%.*s\n", (int)(length > 0 ? length : 0), text);
    fflush(stdout);
    return listener;
}

static void decide(int listener, int number, int error)
{
    struct seccomp_notif request = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
        return;
    struct seccomp_notif_resp response = {.id = request.id};
    if (request.data.nr == number)
        response.error = -error;
    else
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int main(int argc, char **argv)
{
    enum { most = 16 };
    if (argc != 4)
        return 2;
    struct pollfd files[most] = {{.fd = listen_at(argv[1]), .events = POLLIN}};
    nfds_t count = 1;
    puts("ready");
    fflush(stdout);
    while (poll(files, count, -1) > 0) {
        for (nfds_t i = count; i-- > 1;) {
            if ((files[i].revents & POLLIN) != 0)
                decide(files[i].fd, atoi(argv[2]), atoi(argv[3]));
            else if (files[i].revents != 0) {
                close(files[i].fd);
                files[i] = files[--count];
            }
        }
        if (files[0].revents != 0 && count < most)
            files[count++] = (struct pollfd){.fd = receive(accept4(files[0].fd, NULL, NULL, SOCK_CLOEXEC)),
                                             .events = POLLIN};
    }
    return 1;
}
