// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The trouble that services of the chaos test make, one kind a command; static, so that it runs in any image.
//
//     trouble idle          does nothing, and ends at SIGTERM
//     trouble deaf          does nothing, and ignores SIGTERM
//     trouble bomb          forks as often as it may, and so do its children
//     trouble hog           takes memory until it is killed
//     trouble flood MIB     writes so many MiB of lines as fast as it can, and says how fast that was
//     trouble orphans N     leaves N processes behind whose parents are gone when they end
//     trouble clock N       sets the clock N times by years, back and forth, and then right again
//     trouble fill FILE     fills the file system of FILE
//     trouble brief CODE    ends at once, with that exit code
//     trouble linger CODE   stays for a few seconds, unless somebody kills it

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { mebibyte = 1024 * 1024, page_bytes = 4096, line_bytes = 128, linger_seconds = 5 };

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void on_term(int signal)
{
    _exit(signal == SIGTERM ? 0 : 1);
}

static _Noreturn void wait_for_ever(void)
{
    for (;;)
        pause();
}

static _Noreturn void idle(void)
{
    signal(SIGTERM, on_term);
    wait_for_ever();
}

static _Noreturn void deaf(void)
{
    signal(SIGTERM, SIG_IGN);
    wait_for_ever();
}

static _Noreturn void bomb(void)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;)
        if (fork() < 0)
            usleep(10000);
}

static _Noreturn void hog(void)
{
    for (;;) {
        char *block = malloc(mebibyte);
        if (block == NULL)
            fail("malloc");
        for (size_t at = 0; at < mebibyte; at += page_bytes)
            block[at] = 1;
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void flood(int mebibytes)
{
    static char block[64 * 1024];
    memset(block, '~', sizeof block);
    for (size_t at = line_bytes - 1; at < sizeof block; at += line_bytes)
        block[at] = '\n';
    double start = seconds_now();
    for (int64_t left = (int64_t)mebibytes * mebibyte; left > 0;) {
        ssize_t count = write(STDOUT_FILENO, block, sizeof block);
        if (count < 0)
            fail("write");
        left -= count;
    }
    double seconds = seconds_now() - start;
    int console = open("/dev/console", O_WRONLY | O_NOCTTY);
    dprintf(console, "chaos: flood: %d MiB in %.1f s, %.0f MiB/s\n", mebibytes, seconds, mebibytes / seconds);
}

// The child is an orphan as soon as its parent, which ends at once, is collected here.
static void orphans(int count)
{
    for (int number = 0; number < count; number++) {
        pid_t parent = fork();
        if (parent < 0)
            fail("fork");
        if (parent == 0) {
            pid_t orphan = fork();
            if (orphan == 0)
                usleep(1000);
            _exit(orphan < 0);
        }
        int status;
        if (waitpid(parent, &status, 0) < 0 || status != 0)
            fail("orphan");
    }
    printf("chaos: orphans: %d\n", count);
}

static void set_clock(time_t seconds)
{
    struct timespec time = {.tv_sec = seconds};
    if (clock_settime(CLOCK_REALTIME, &time) < 0)
        fail("clock_settime");
}

static void clock_jumps(int count)
{
    enum { year = 365 * 24 * 3600 };
    static const int years[] = {1, 68, 30, 100, 7, 2};
    time_t start = time(NULL);
    double since = seconds_now();
    for (int number = 0; number < count; number++) {
        set_clock((time_t)years[(size_t)number % (sizeof years / sizeof years[0])] * year);
        usleep(100000);
    }
    set_clock(start + (time_t)(seconds_now() - since));
    printf("chaos: clock: set %d times\n", count);
}

static _Noreturn void notify(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path == NULL ? "" : path);
    for (;;) {
        if (sendto(fd, "READY=1", 7, 0, (struct sockaddr *)&address, sizeof address) < 0)
            fail(address.sun_path);
        sleep(1);
    }
}

static void fill(const char *path)
{
    static char block[64 * 1024];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t count = 0;
    for (size_t size = sizeof block; fd >= 0 && size > 0;) {
        count = write(fd, block, size);
        if (count < 0)
            size /= 2;
    }
    if (fd < 0 || errno != ENOSPC)
        fail(path);
    printf("chaos: full: %s\n", path);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const char *operand = argc > 2 ? argv[2] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(what, "idle") == 0)
        idle();
    if (strcmp(what, "deaf") == 0)
        deaf();
    if (strcmp(what, "bomb") == 0)
        bomb();
    if (strcmp(what, "hog") == 0)
        hog();
    if (strcmp(what, "notify") == 0)
        notify();
    if (strcmp(what, "flood") == 0)
        flood(atoi(operand));
    else if (strcmp(what, "orphans") == 0)
        orphans(atoi(operand));
    else if (strcmp(what, "clock") == 0)
        clock_jumps(atoi(operand));
    else if (strcmp(what, "fill") == 0)
        fill(operand);
    else if (strcmp(what, "brief") == 0)
        return atoi(operand);
    else if (strcmp(what, "linger") == 0) {
        sleep(linger_seconds);
        return atoi(operand);
    } else
        return 2;
    return 0;
}
