// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors
//
// Makes the system calls of its arguments, for a seccomp filter to decide: [i386:]NUMBER[,ARGUMENT]... each
// in a process of its own. Prints a line for each: "ok", "errno N", or "signal N" when it was killed. "i386:"
// calls as a program of 32 bits does. Without arguments it does nothing at all.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char i386[] = "i386:";
enum { most_arguments = 6 };

static long call_i386(long number, const unsigned long *arguments)
{
    long result = -ENOSYS;
#ifdef __x86_64__
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(arguments[0]), "c"(arguments[1]), "d"(arguments[2])
                     : "memory", "r8", "r9", "r10", "r11");
#else
    (void)number;
    (void)arguments;
#endif
    return result;
}

static int make_call(const char *text)
{
    int is_i386 = strncmp(text, i386, sizeof i386 - 1) == 0;
    char *end = NULL;
    long number = strtol(is_i386 ? text + sizeof i386 - 1 : text, &end, 0);
    unsigned long a[most_arguments] = {0};
    for (int count = 0; *end == ',' && count < most_arguments; count++)
        a[count] = strtoul(end + 1, &end, 0);
    if (is_i386) {
        long result = call_i386(number, a);
        return result < 0 ? (int)-result : 0;
    }
    return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? errno : 0;
}

static void report(int status)
{
    if (WIFSIGNALED(status))
        printf("signal %d\n", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        printf("errno %d\n", WEXITSTATUS(status));
    else
        puts("ok");
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        pid_t child = fork();
        if (child < 0)
            return 1;
        if (child == 0)
            _exit(make_call(argv[i]));
        int status = 0;
        if (waitpid(child, &status, 0) != child)
            return 1;
        report(status);
    }
    return argc > 1 && fflush(stdout) != 0;
}
