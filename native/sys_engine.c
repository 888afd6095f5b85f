// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Engine and process image: units, version, strings.

#include <stdbool.h>
#include <string.h>

#include "arguments.h"
#include "heap.h"
#include "results.h"
#include "sys.h"
#include "units.h"

extern char **environ;

BINDING(engine_environ)
{
    struct list list = list_begin(ctx);
    for (char **entry = environ; *entry != NULL; entry++)
        list_append(&list, text_to_value(ctx, *entry, strlen(*entry)));
    return list_finish(&list);
}

BINDING(engine_load_unit)
{
    cleanup_text struct text name = {0};
    if (text_from_path(ctx, argv[0], &name) < 0)
        return JS_EXCEPTION;
    return unit_load(ctx, name.bytes);
}

BINDING(engine_encode_utf8)
{
    cleanup_text struct text text = {0};
    if (text_from_value(ctx, argv[0], &text) < 0)
        return JS_EXCEPTION;
    return result_bytes(ctx, text.bytes, text.length);
}

BINDING(engine_decode_utf8)
{
    struct bytes bytes;
    if (arg_bytes(ctx, argv[0], &bytes) < 0)
        return JS_EXCEPTION;
    return text_to_value(ctx, (const char *)bytes.data, bytes.length);
}

// The engine's own threshold is far above what a start needs (main.c); this one is for who lives long.
BINDING(engine_collect_cycles)
{
    static size_t settled;
    int slack;
    if (arg_int(ctx, argv[0], &slack) < 0)
        return JS_EXCEPTION;
    size_t in_use = heap_in_use();
    bool is_due = settled != 0 && in_use > settled + (size_t)slack;
    if (is_due)
        JS_RunGC(JS_GetRuntime(ctx));
    if (is_due || settled == 0 || in_use < settled)
        settled = heap_in_use();
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry entries[] = {
    JS_PROP_STRING_DEF("version", TSKIT_VERSION, JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("engine", TSKIT_ENGINE, JS_PROP_ENUMERABLE),
    JS_CFUNC_DEF("environ", 0, engine_environ),
    JS_CFUNC_DEF("loadUnit", 1, engine_load_unit),
    JS_CFUNC_DEF("collectCycles", 1, engine_collect_cycles),
    JS_CFUNC_DEF("encodeUtf8", 1, engine_encode_utf8),
    JS_CFUNC_DEF("decodeUtf8", 1, engine_decode_utf8),
};

SYS_AREA(sys_engine, entries);
