// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What PID 1 does with the machine after a crash, instead of ending, which would be a kernel panic.

#ifndef TSKIT_LAST_ACT_H
#define TSKIT_LAST_ACT_H

// LINUX_REBOOT_CMD_*, as `panic:` in the boot plan says. Power-off until it is set.
void last_act_set(unsigned command);

// "restarting", "halting" or "powering off".
const char *last_act_name(void);

// Syncs and does it.
_Noreturn void last_act(void);

#endif
