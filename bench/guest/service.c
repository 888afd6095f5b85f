// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The service that the supervision benchmark starts many times, static; and what measures it.
//
//     service serve PORT     listens on the port, asks itself once, and says on the console: "up PORT
//     SECONDS" service mark NAME      says "NAME SECONDS", seconds since the kernel started service memory
//     PID...  says the resident memory of the processes together: "memory KIB" service idle SECONDS   says
//     how often PID 1 woke up meanwhile: "wake-ups COUNT"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

// One write: lines of several services do not mix.
static void say(const char *name, const char *what)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    int console = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (console < 0)
        fail("/dev/console");
    dprintf(console, "supervision: %s%s %lld.%06ld\n", name, what, (long long)now.tv_sec, now.tv_nsec / 1000);
    close(console);
}

static struct sockaddr_in on_port(const char *port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)atoi(port)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void serve(const char *port)
{
    struct sockaddr_in address = on_port(port);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener, 16) < 0 || client < 0 ||
        connect(client, (struct sockaddr *)&address, sizeof address) < 0)
        fail(port);
    close(client);
    say("up ", port);
    for (;;)
        close(accept(listener, NULL, NULL));
}

static long number_of(const char *pid, const char *key)
{
    char path[64], line[256];
    size_t length = strlen(key);
    long number = 0;
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    FILE *status = fopen(path, "re");
    if (status == NULL)
        fail(path);
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            number = atol(line + length + 1);
    fclose(status);
    return number;
}

static void say_number(const char *name, long number)
{
    char text[64];
    snprintf(text, sizeof text, " %ld at", number);
    say(name, text);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    if (strcmp(what, "serve") == 0) {
        serve(argv[2]);
    } else if (strcmp(what, "mark") == 0) {
        say(argv[2], "");
    } else if (strcmp(what, "memory") == 0) {
        long sum = 0;
        for (int at = 2; at < argc; at++)
            sum += number_of(argv[at], "VmRSS");
        say_number("memory", sum);
    } else if (strcmp(what, "idle") == 0) {
        sleep(2);
        say_number("memory", number_of("1", "VmRSS"));
        long before = number_of("1", "voluntary_ctxt_switches");
        sleep((unsigned)atoi(argv[2]));
        say_number("wake-ups", number_of("1", "voluntary_ctxt_switches") - before);
    } else {
        return 2;
    }
    return 0;
}
