// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "sys.h"

#include <string.h>

#include "results.h"
#include "text.h"
#include "util.h"

static const struct sys_area *const areas[] = {
    &sys_engine,  &sys_descriptor, &sys_file,    &sys_path,  &sys_stat,     &sys_mount,
    &sys_process, &sys_identity,   &sys_signal,  &sys_event, &sys_socket,   &sys_device,
    &sys_power,   &sys_bpf,        &sys_seccomp, &sys_key,   &sys_schedule, &sys_terminal,
};

static int argument_count;
static char **arguments;

void sys_set_arguments(int argc, char **argv)
{
    argument_count = argc;
    arguments = argv;
}

static JSValue make_argv(JSContext *ctx)
{
    struct list list = list_begin(ctx);
    for (int i = 0; i < argument_count; i++)
        list_append(&list, text_to_value(ctx, arguments[i], strlen(arguments[i])));
    return list_finish(&list);
}

static int fill_module(JSContext *ctx, JSModuleDef *module)
{
    for (size_t i = 0; i < length_of(areas); i++)
        if (JS_SetModuleExportList(ctx, module, areas[i]->entries, areas[i]->count) < 0)
            return -1;
    JSValue list = make_argv(ctx);
    return JS_IsException(list) ? -1 : JS_SetModuleExport(ctx, module, "argv", list);
}

int sys_register(JSContext *ctx)
{
    JSModuleDef *module = JS_NewCModule(ctx, "tskit:sys", fill_module);
    if (module == NULL)
        return -1;
    for (size_t i = 0; i < length_of(areas); i++)
        if (JS_AddModuleExportList(ctx, module, areas[i]->entries, areas[i]->count) < 0)
            return -1;
    return JS_AddModuleExport(ctx, module, "argv");
}
