// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The one program of the guest benchmark, the same file in both systems. It prints marks: a line with the
// seconds since the kernel started, by the clock itself and not by when the console got it.
//
//     bench            as the kernel's first program: marks "exec" and becomes /init
//     bench mark X     marks X
//     bench serve      answers HTTP on port 80 and marks "answering" when its own first request came back

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char page[] = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";

static void mark(const char *name)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    dprintf(STDOUT_FILENO, "guest-boot: %s %lld.%06ld\n", name, (long long)now.tv_sec, now.tv_nsec / 1000);
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in port_80(in_addr_t address)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(address)};
}

static int listen_on_port_80(void)
{
    struct sockaddr_in any = port_80(INADDR_ANY);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&any, sizeof any) < 0 || listen(listener, 16) < 0)
        fail("port 80");
    return listener;
}

static void serve(int listener)
{
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            fail("accept");
        char request[1024];
        if (read(client, request, sizeof request) > 0 && write(client, page, sizeof page - 1) < 0)
            perror("answer");
        close(client);
    }
}

static void request_page(void)
{
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    struct sockaddr_in loopback = port_80(INADDR_LOOPBACK);
    char answer[sizeof page];
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server < 0 || connect(server, (struct sockaddr *)&loopback, sizeof loopback) < 0 ||
        write(server, request, sizeof request - 1) < 0)
        fail("request");
    if (read(server, answer, sizeof answer) != sizeof page - 1 || memcmp(answer, page, sizeof page - 1) != 0)
        fail("answer");
    close(server);
}

static void run_server(void)
{
    int listener = listen_on_port_80();
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child > 0)
        serve(listener);
    request_page();
    mark("answering");
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "mark") == 0) {
        mark(argv[2]);
    } else if (argc == 2 && strcmp(argv[1], "serve") == 0) {
        run_server();
    } else {
        mark("exec");
        execl("/init", "/init", (char *)NULL);
        fail("/init");
    }
    return 0;
}
