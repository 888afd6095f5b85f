// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Runs inside a container and tries to get past its limits. Static, so that it can be a rootfs's only file.
//
//     strain ATTEMPT ...
//
// Each attempt writes a line on standard output, "ATTEMPT: RESULT":
//
//     memory=MIB       a child uses so much memory; the result is MIB it got, and "killed" when it was
//     tasks=COUNT      makes so many children; the result is how many it got
//     spin=MS          computes for so much time; the result is "done"
//     affinity         processors that it may run on, as a hexadecimal mask
//     open=PATH        opens for reading and writing; the result is "ok" or the errno's name, as of the next
//     ones mknod=c:MAJ:MIN  makes a device node (or b:MAJ:MIN) and opens it mkdir=PATH write=PATH=TEXT
//     read=PATH        the result is what is in it, or the errno's name
//     leave            a child that lives on
//     wait             until a signal ends it

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *outcome(int result)
{
    static char text[16];
    if (result >= 0)
        return "ok";
    switch (errno) {
    case EACCES:
        return "EACCES";
    case EAGAIN:
        return "EAGAIN";
    case EBUSY:
        return "EBUSY";
    case EINVAL:
        return "EINVAL";
    case ENOENT:
        return "ENOENT";
    case ENXIO:
        return "ENXIO";
    case EPERM:
        return "EPERM";
    case EROFS:
        return "EROFS";
    default:
        snprintf(text, sizeof text, "errno %d", errno);
        return text;
    }
}

static void use_memory(long mebibytes, volatile long *used)
{
    size_t size = (size_t)mebibytes << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        _exit(1);
    for (size_t at = 0; at < size; at += 4096) {
        memory[at] = 1;
        *used = (long)(at >> 20) + 1;
    }
    _exit(0);
}

static void try_memory(long mebibytes)
{
    volatile long *used = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0)
        use_memory(mebibytes, used);
    int status = 0;
    waitpid(child, &status, 0);
    printf("%ld%s\n", *used, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? " killed" : "");
}

static void try_tasks(long count)
{
    pid_t *children = calloc((size_t)count, sizeof *children);
    long made = 0;
    for (; made < count; made++) {
        children[made] = fork();
        if (children[made] < 0)
            break;
        if (children[made] == 0)
            for (;;)
                pause();
    }
    printf("%ld\n", made);
    for (long at = 0; at < made; at++)
        kill(children[at], SIGKILL);
    for (long at = 0; at < made; at++)
        waitpid(children[at], NULL, 0);
    free(children);
}

static void wait_forever(void)
{
    puts("");
    fflush(stdout);
    for (;;)
        pause();
}

// It lets go of standard output, so that a reader of that does not wait for it.
static void leave(void)
{
    pid_t child = fork();
    if (child == 0) {
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        for (;;)
            pause();
    }
    printf("%d\n", child);
}

static void spin(long milliseconds)
{
    struct timespec start;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < milliseconds);
    puts("done");
}

static void print_affinity(void)
{
    unsigned long mask = 0;
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    for (size_t cpu = 0; cpu < 64; cpu++)
        if (CPU_ISSET(cpu, &set))
            mask |= 1UL << cpu;
    printf("%lx\n", mask);
}

static int open_and_close(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd;
}

static void try_mknod(const char *device)
{
    char type = 'c';
    unsigned int major = 0;
    unsigned int minor = 0;
    char path[64];
    if (sscanf(device, "%c:%u:%u", &type, &major, &minor) != 3)
        exit(2);
    snprintf(path, sizeof path, "/dev/made-%c-%u-%u", type, major, minor);
    mode_t mode = (type == 'b' ? S_IFBLK : S_IFCHR) | 0600;
    int made = mknod(path, mode, makedev(major, minor));
    printf("%s", outcome(made));
    if (made == 0)
        printf(", open %s", outcome(open_and_close(path, O_RDWR)));
    puts("");
}

static void try_write(const char *argument)
{
    char path[256];
    const char *equals = strchr(argument, '=');
    if (equals == NULL)
        exit(2);
    snprintf(path, sizeof path, "%.*s", (int)(equals - argument), argument);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t result = fd < 0 ? -1 : write(fd, equals + 1, strlen(equals + 1));
    puts(outcome(result < 0 ? -1 : 0));
    if (fd >= 0)
        close(fd);
}

static void print_file(const char *path)
{
    char text[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (length < 0) {
        puts(outcome(-1));
    } else {
        for (ssize_t at = 0; at < length; at++)
            putchar(text[at] == '\n' ? ';' : text[at]);
        puts("");
    }
    if (fd >= 0)
        close(fd);
}

static void attempt(const char *word)
{
    const char *equals = strchr(word, '=');
    const char *argument = equals == NULL ? "" : equals + 1;
    size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word);
    printf("%s: ", word);
    fflush(stdout);
#define IS(name) (length == strlen(name) && strncmp(word, name, length) == 0)
    if (IS("memory"))
        try_memory(strtol(argument, NULL, 10));
    else if (IS("tasks"))
        try_tasks(strtol(argument, NULL, 10));
    else if (IS("spin"))
        spin(strtol(argument, NULL, 10));
    else if (IS("affinity"))
        print_affinity();
    else if (IS("open"))
        puts(outcome(open_and_close(argument, O_RDWR)));
    else if (IS("mknod"))
        try_mknod(argument);
    else if (IS("mkdir"))
        puts(outcome(mkdir(argument, 0755)));
    else if (IS("write"))
        try_write(argument);
    else if (IS("read"))
        print_file(argument);
    else if (IS("leave"))
        leave();
    else if (IS("wait"))
        wait_forever();
    else
        exit(2);
    fflush(stdout);
}

static void end(int signal)
{
    (void)signal;
    _exit(0);
}

int main(int argc, char **argv)
{
    // PID 1 of a namespace gets no signal that it does not handle.
    signal(SIGTERM, end);
    for (int at = 1; at < argc; at++)
        attempt(argv[at]);
    return 0;
}
