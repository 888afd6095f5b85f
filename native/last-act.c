// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "last-act.h"

#include <errno.h>
#include <linux/reboot.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    // A disk that hangs must not keep the machine from going down.
    sync_seconds = 10,
    // At once, a machine that crashes at each start would scroll its message away.
    restart_seconds = 3,
};

// A crash before the boot plan was read would repeat itself at every boot, so the machine stays off.
static unsigned action = LINUX_REBOOT_CMD_POWER_OFF;

void last_act_set(unsigned command)
{
    action = command;
}

static void sleep_milliseconds(long milliseconds)
{
    struct timespec duration = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    nanosleep(&duration, NULL);
}

static void sync_disks(void)
{
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0) {
        sync();
        _exit(0);
    }
    for (int waited = 0; child > 0 && waited < sync_seconds * 100; waited++) {
        if (syscall(SYS_wait4, child, NULL, WNOHANG, NULL) != 0)
            return;
        sleep_milliseconds(10);
    }
}

static void restart(unsigned command)
{
    syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, NULL);
}

void last_act(void)
{
    sync_disks();
    if (action == LINUX_REBOOT_CMD_RESTART)
        sleep_milliseconds(restart_seconds * 1000);
    restart(action);
    // As PID 1 of a container, which has no right to reboot, ending is right and harms nobody.
    if (errno == EPERM)
        _exit(1);
    restart(LINUX_REBOOT_CMD_HALT);
    for (;;)
        pause();
}

const char *last_act_name(void)
{
    switch (action) {
    case LINUX_REBOOT_CMD_RESTART:
        return "restarting";
    case LINUX_REBOOT_CMD_HALT:
        return "halting";
    default:
        return "powering off";
    }
}
