// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Kills services from outside PID 1, and keeps a ledger of it: each kill must be told as one end of that
// process by SIGKILL, and each end be followed by one start. In the host's PID namespace, with PID 1's
// control socket:
//
//     killer COUNT SEED
//
// Most kills meet a service that runs, at a random moment after the last; one in eight meets whatever child
// PID 1 has that it has not told of yet and that is the first of a PID namespace: a container that is being
// made. What runs in a container besides (a check, `tsctl exec`) is not. The exit code is 0 when the books
// agree.

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "random.h"

enum {
    most_services = 128,
    most_early = 16,
    longest_wait_us = 20000,
    early_one_in = 8,
    told_each = 1000,
    patience_ms = 60000,
    replay_ms = 5000,
    stream_bytes = 256 * 1024,
};

struct service {
    char id[64];
    pid_t pid;
    bool is_killed;
    bool is_victim;
    // What was killed has ended, or could not be started.
    bool is_due;
};

static struct service services[most_services];
static int service_count;
static pid_t early[most_early];
static int early_count;
// What was there before: PID 1 told of it so long ago that it is forgotten.
static pid_t bystanders[most_services];
static int bystander_count;
static struct {
    long kills, early_kills, ends, failed, restarts, unexpected, missed, lost;
} ledger;
static long last_number;
// From the first kill on; what was told before does not count.
static bool is_open;

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct service *service_of(const char *id)
{
    for (int at = 0; at < service_count; at++)
        if (strcmp(services[at].id, id) == 0)
            return &services[at];
    if (service_count == most_services)
        return NULL;
    struct service *added = &services[service_count++];
    snprintf(added->id, sizeof added->id, "%s", id);
    added->is_victim = strncmp(id, "services/victim", 15) == 0;
    return added;
}

// PID 1 makes one container at a time: what it tells of next is what became of the one that was killed in the
// making. Whatever else is on the list must not be taken for a process that gets the same number later.
static bool take_early(pid_t pid)
{
    bool is_found = false;
    for (int at = 0; at < early_count; at++)
        is_found = is_found || early[at] == pid;
    early_count = 0;
    return is_found;
}

static void unexpected(const char *line)
{
    ledger.unexpected++;
    if (is_open)
        printf("chaos: unexpected: %s\n", line);
}

// A start, good or bad, that follows what was killed.
static void follow_up(struct service *service)
{
    ledger.restarts += service->is_due;
    service->is_due = false;
}

static void on_started(struct service *service, const char *line, pid_t pid)
{
    if (service->is_victim && service->pid != 0)
        unexpected(line);
    follow_up(service);
    service->pid = pid;
    service->is_killed = take_early(pid);
}

static void on_ended(struct service *service, const char *line)
{
    bool by_kill = strstr(line, "killed by SIGKILL") != NULL;
    if (service->is_killed && by_kill)
        ledger.ends++;
    else if (service->is_killed || service->is_victim)
        unexpected(line);
    service->is_due = service->is_killed;
    service->pid = 0;
    service->is_killed = false;
}

// What is killed before its program runs cannot be started.
static void on_failed(struct service *service, const char *line)
{
    follow_up(service);
    ledger.failed++;
    early_count = 0;
    service->is_due = true;
    if (strstr(line, "its process died before it was ready") == NULL)
        unexpected(line);
}

// "TEXT" of "NAME":"TEXT", as PID 1 writes it: without spaces; texts have no quotes in what is looked at
// here.
static const char *text_of(const char *line, const char *name, char *text, size_t size)
{
    char key[32];
    snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *start = strstr(line, key);
    if (start == NULL)
        return "";
    start += strlen(key);
    snprintf(text, size, "%.*s", (int)strcspn(start, "\""), start);
    return text;
}

static void on_event(const char *line)
{
    char id[64], kind[32];
    const char *number_at = strstr(line, "\"number\":");
    if (number_at == NULL)
        return;
    long number = atol(number_at + 9);
    if (last_number != 0 && number != last_number + 1)
        ledger.missed += number - last_number - 1;
    last_number = number;
    struct service *service = service_of(text_of(line, "id", id, sizeof id));
    if (service == NULL)
        return;
    text_of(line, "kind", kind, sizeof kind);
    const char *pid_at = strstr(line, ", pid ");
    if (strcmp(kind, "started") == 0 && pid_at != NULL)
        on_started(service, line, atoi(pid_at + 6));
    else if (strcmp(kind, "ended") == 0)
        on_ended(service, line);
    else if (strcmp(kind, "failed") == 0)
        on_failed(service, line);
    else if (strcmp(kind, "gave up") == 0 && service->is_victim)
        ledger.lost++;
}

static int follow_events(void)
{
    static const char request[] = "GET /v1/events?follow HTTP/1.1\r\nHost: tskit\r\n\r\n";
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/tskit/api.sock"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        write(fd, request, sizeof request - 1) < 0)
        fail(address.sun_path);
    return fd;
}

// Takes the events that come within so many microseconds.
static void take_events(int fd, int64_t wait_us)
{
    static char text[stream_bytes];
    static size_t length;
    int64_t end = now_us() + wait_us;
    for (;;) {
        int64_t left = end - now_us();
        struct timespec timeout = {.tv_nsec = left > 0 ? (long)(left % 1000000) * 1000 : 0,
                                   .tv_sec = left > 0 ? (time_t)(left / 1000000) : 0};
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (ppoll(&ready, 1, &timeout, NULL) <= 0)
            return;
        ssize_t count = read(fd, text + length, sizeof text - length - 1);
        if (count <= 0)
            fail("events: PID 1 has closed the stream");
        length += (size_t)count;
        text[length] = '\0';
        char *line = text;
        for (char *newline; (newline = strchr(line, '\n')) != NULL; line = newline + 1) {
            *newline = '\0';
            on_event(line);
        }
        length -= (size_t)(line - text);
        memmove(text, line, length);
    }
}

static bool is_known(pid_t pid)
{
    for (int at = 0; at < service_count; at++)
        if (services[at].pid == pid)
            return true;
    for (int at = 0; at < early_count; at++)
        if (early[at] == pid)
            return true;
    for (int at = 0; at < bystander_count; at++)
        if (bystanders[at] == pid)
            return true;
    return false;
}

// Whether it is the first process of a PID namespace of its own ("NSpid: 123 1", proc(5)).
static bool is_first(pid_t pid)
{
    char path[32], line[128];
    int here = 0, inside = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "NSpid: %d %d", &here, &inside) > 0)
            break;
    if (status != NULL)
        fclose(status);
    return inside == 1;
}

// A container of PID 1's that it has not told of. What it tells of while we look is told before the next
// kill.
static pid_t unknown_child(void)
{
    FILE *children = fopen("/proc/1/task/1/children", "re");
    int pid = 0, found = 0;
    if (children == NULL)
        fail("/proc/1/task/1/children");
    while (found == 0 && fscanf(children, "%d", &pid) == 1)
        if (!is_known(pid) && is_first(pid))
            found = pid;
    fclose(children);
    return found;
}

static void note_bystanders(void)
{
    for (pid_t pid; bystander_count < most_services && (pid = unknown_child()) != 0;)
        bystanders[bystander_count++] = pid;
}

static bool kill_early(int fd)
{
    if (early_count == most_early)
        return false;
    pid_t pid = unknown_child();
    if (pid == 0)
        return false;
    take_events(fd, 0);
    if (is_known(pid) || kill(pid, SIGKILL) < 0)
        return false;
    early[early_count++] = pid;
    ledger.early_kills++;
    return true;
}

static bool kill_running(void)
{
    struct service *service = &services[random_below((uint32_t)service_count)];
    if (!service->is_victim || service->pid == 0 || service->is_killed)
        return false;
    if (kill(service->pid, SIGKILL) < 0)
        fail("kill");
    service->is_killed = true;
    return true;
}

static int victims_down(void)
{
    int down = 0;
    for (int at = 0; at < service_count; at++)
        down += services[at].is_victim && (services[at].pid == 0 || services[at].is_killed);
    return down;
}

static int due(void)
{
    int count = 0;
    for (int at = 0; at < service_count; at++)
        count += services[at].is_due;
    return count;
}

// All that was before, which is over when nothing more comes for a while; somebody else may be restarted all
// the time. What of it came later would be counted as of this run.
static void take_what_was(int fd)
{
    long before = 0;
    for (int64_t end = now_us() + replay_ms * 1000LL; before != last_number && now_us() < end;) {
        before = last_number;
        take_events(fd, 500000);
    }
}

static long resident_kib(void)
{
    char line[128];
    long kib = -1;
    FILE *status = fopen("/proc/1/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmRSS: %ld", &kib) == 1)
            break;
    if (status != NULL)
        fclose(status);
    return kib;
}

static void tell(int64_t start, long before)
{
    printf("chaos: ledger: kills %ld (%ld in the making), ends %ld, failed starts %ld, restarts %ld, ",
           ledger.kills, ledger.early_kills, ledger.ends, ledger.failed, ledger.restarts);
    printf("unexpected %ld, missed %ld, lost %ld; %.1f s, PID 1 grew by %ld KiB\n", ledger.unexpected,
           ledger.missed, ledger.lost, (double)(now_us() - start) / 1e6, resident_kib() - before);
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 0;
    random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    random_state = random_state * 2654435769u + 1;
    setvbuf(stdout, NULL, _IONBF, 0);
    int fd = follow_events();
    // Of every service PID 1 tells that it has started; on a slow machine that takes its time.
    while (service_count == 0)
        take_events(fd, 100000);
    take_what_was(fd);
    is_open = true;
    note_bystanders();
    memset(&ledger, 0, sizeof ledger);
    long before = resident_kib();
    int64_t start = now_us();
    while (ledger.kills < count) {
        take_events(fd, random_below(longest_wait_us));
        bool is_done = random_below(early_one_in) == 0 ? kill_early(fd) : kill_running();
        ledger.kills += is_done;
        if (is_done && ledger.kills % told_each == 0)
            tell(start, before);
    }
    // Others that were killed in the making come back as well, each after a delay of its own.
    for (int64_t end = now_us() + patience_ms * 1000LL; victims_down() + due() > 0 && now_us() < end;)
        take_events(fd, 100000);
    // What was killed in the making is told of by now, one way or the other.
    take_events(fd, 500000);
    ledger.lost += victims_down();
    tell(start, before);
    bool agree = ledger.kills == ledger.ends + ledger.failed &&
                 ledger.restarts == ledger.ends + ledger.failed && ledger.unexpected == 0 &&
                 ledger.missed == 0 && ledger.lost == 0;
    printf("chaos: the books %s\n", agree ? "agree" : "DO NOT AGREE");
    return agree ? 0 : 1;
}
