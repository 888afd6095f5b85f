// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Asks PID 1 all the time, and runs programs in services that somebody else kills meanwhile, as long as FILE
// is there:
//
//     asker FILE VICTIMS SEED
//
// Every call has to come to an end of its own within a minute. A program that is run either tells its own
// exit code, or was killed with its service, or could not be started because there was no service to start it
// in; that is counted, and whatever else comes is told and counted as odd.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "random.h"

enum {
    slots = 4,
    pause_us = 20000,
    patience_s = 60,
    // What `trouble brief` and `trouble linger` end with.
    own_code = 7,
    refused_code = 1,
    killed_code = 128 + SIGKILL,
};

struct call {
    pid_t pid;
    time_t start;
    bool is_exec;
    char what[64];
};

static struct call calls[slots];
static long asked, answered, killed, refused, odd;
static time_t now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

// What a call has to say besides its exit code.
static void said_path(char *path, size_t size, const struct call *call)
{
    snprintf(path, size, "/tmp/call-%d", (int)(call - calls));
}

static _Noreturn void run(const struct call *call, char **args)
{
    char path[32];
    said_path(path, sizeof path, call);
    int nothing = open("/dev/null", O_RDWR);
    int said = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(said, STDERR_FILENO);
    execvp(args[0], args);
    _exit(127);
}

static void begin(struct call *call, uint32_t victims)
{
    static char *kinds[] = {"brief", "brief", "linger", NULL};
    char victim[24];
    snprintf(victim, sizeof victim, "victim-%u", random_below(victims));
    char *kind = kinds[random_below(sizeof kinds / sizeof kinds[0])];
    call->is_exec = kind != NULL;
    call->start = now_s();
    snprintf(call->what, sizeof call->what, "%s in %s", kind == NULL ? "ps" : kind, victim);
    fflush(stdout);
    call->pid = fork();
    if (call->pid != 0)
        return;
    if (kind == NULL)
        run(call, (char *[]){"tsctl", "--json", "ps", NULL});
    run(call, (char *[]){"tsctl", "exec", victim, "/trouble", kind, "7", NULL});
}

// PID 1 gives a client five seconds for its request, which on a busy host may be too few.
static bool is_too_slow(const struct call *call)
{
    char path[32], text[200] = "";
    said_path(path, sizeof path, call);
    int said = open(path, O_RDONLY);
    ssize_t count = said < 0 ? -1 : read(said, text, sizeof text - 1);
    close(said);
    return count > 0 && strstr(text, ": ECONNRESET") != NULL;
}

static void tell_odd(const struct call *call, const char *how, int number)
{
    char path[32], text[200] = "";
    said_path(path, sizeof path, call);
    int said = open(path, O_RDONLY);
    if (said >= 0 && read(said, text, sizeof text - 1) >= 0)
        text[strcspn(text, "\n")] = '\0';
    close(said);
    printf("chaos: odd call: %s: %s %d: %s\n", call->what, how, number, text);
    odd++;
}

static void end(struct call *call, int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    asked++;
    if (code == 0 && !call->is_exec)
        ;
    else if (code == own_code && call->is_exec)
        answered++;
    else if (code == killed_code && call->is_exec)
        killed++;
    else if (code == refused_code && call->is_exec)
        refused++;
    else if (code != refused_code || !is_too_slow(call))
        tell_odd(call, "exit code", code);
    call->pid = 0;
}

static void look_after(struct call *call)
{
    int status;
    if (call->pid == 0)
        return;
    if (waitpid(call->pid, &status, WNOHANG) == call->pid)
        end(call, status);
    else if (now_s() - call->start > patience_s) {
        tell_odd(call, "no end within seconds", patience_s);
        kill(call->pid, SIGKILL);
        waitpid(call->pid, &status, 0);
        call->pid = 0;
    }
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    uint32_t victims = (uint32_t)atoi(argv[2]);
    random_state = strtoull(argv[3], NULL, 10) * 2654435769u + 1;
    bool is_going = true;
    for (int running = 1; is_going || running > 0;) {
        is_going = access(argv[1], F_OK) == 0;
        running = 0;
        for (int at = 0; at < slots; at++) {
            look_after(&calls[at]);
            if (is_going && calls[at].pid == 0)
                begin(&calls[at], victims);
            running += calls[at].pid != 0;
        }
        usleep(pause_us);
    }
    printf("chaos: calls: %ld\n", asked);
    printf("chaos: programs that ended by themselves: %ld\n", answered);
    printf("chaos: programs that were killed with their service: %ld\n", killed);
    printf("chaos: programs that had no service to run in: %ld\n", refused);
    printf("chaos: odd calls: %ld\n", odd);
    return odd > 0;
}
