// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Module tskit:sys (types in init/sys.d.ts): one table of functions an area, each table in its own sys_*.c.

#ifndef TSKIT_SYS_H
#define TSKIT_SYS_H

#include <stddef.h>

#include "quickjs.h"
#include "util.h"

// A binding: one system call. The engine pads missing arguments with undefined up to the number in the table.
#define BINDING(name)                                                                                        \
    static JSValue name(JSContext *ctx not_used, JSValueConst self not_used, int argc not_used,              \
                        JSValueConst *argv not_used)

struct sys_area {
    const JSCFunctionListEntry *entries;
    int count;
};

#define SYS_AREA(name, table) const struct sys_area name = {table, (int)(sizeof(table) / sizeof((table)[0]))}

extern const struct sys_area sys_engine;
extern const struct sys_area sys_descriptor;
extern const struct sys_area sys_file;
extern const struct sys_area sys_path;
extern const struct sys_area sys_stat;
extern const struct sys_area sys_mount;
extern const struct sys_area sys_process;
extern const struct sys_area sys_identity;
extern const struct sys_area sys_signal;
extern const struct sys_area sys_event;
extern const struct sys_area sys_socket;
extern const struct sys_area sys_device;
extern const struct sys_area sys_power;
extern const struct sys_area sys_bpf;
extern const struct sys_area sys_seccomp;
extern const struct sys_area sys_key;
extern const struct sys_area sys_schedule;
extern const struct sys_area sys_terminal;

// What the program was started with; kept for `argv` and `environ`.
void sys_set_arguments(int argc, char **argv);

// Makes tskit:sys importable. Returns -1 with an exception pending.
int sys_register(JSContext *ctx);

#endif
