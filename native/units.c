// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "units.h"

#include <string.h>
#include <sys/mman.h>

#include "unit-name.h"
#include "unpack.h"

static const struct unit *find_unit(const char *name)
{
    for (size_t i = 0; i < unit_count; i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

static JSValue default_export(JSContext *ctx, JSModuleDef *module)
{
    JSValue namespace = JS_GetModuleNamespace(ctx, module);
    if (JS_IsException(namespace))
        return namespace;
    JSValue result = JS_GetPropertyStr(ctx, namespace, "default");
    JS_FreeValue(ctx, namespace);
    return result;
}

// Evaluating a module gives a promise, settled at once because units have no top-level await (the bundler
// targets a format without it).
static int throw_rejection(JSContext *ctx, JSValueConst promise, const char *name)
{
    switch (JS_PromiseState(ctx, promise)) {
    case JS_PROMISE_FULFILLED:
        return 0;
    case JS_PROMISE_REJECTED:
        JS_Throw(ctx, JS_PromiseResult(ctx, promise));
        return -1;
    default:
        JS_ThrowInternalError(ctx, "unit %s waits while loading", name);
        return -1;
    }
}

// The engine copies what it reads, so the unpacked bytes go at once. A mapping of their own, since a hole of
// this size in the heap would stay with PID 1 for ever.
static JSValue read_packed(JSContext *ctx, const struct unit *unit)
{
    void *bytecode = mmap(NULL, unit->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytecode == MAP_FAILED)
        return JS_ThrowOutOfMemory(ctx);
    JSValue object = unpack(unit->bytes, unit->stored, bytecode, unit->size)
                         ? JS_ReadObject(ctx, bytecode, unit->size, JS_READ_OBJ_BYTECODE)
                         : JS_ThrowInternalError(ctx, "unit %s is damaged in this binary", unit->name);
    munmap(bytecode, unit->size);
    return object;
}

static JSValue read_unit(JSContext *ctx, const char *name)
{
    const struct unit *unit = find_unit(name);
    if (unit == NULL)
        return JS_ThrowReferenceError(ctx, "no unit \"%s\" in this binary", name);
    if (unit->stored == unit->size)
        return JS_ReadObject(ctx, unit->bytes, unit->size, JS_READ_OBJ_BYTECODE);
    return read_packed(ctx, unit);
}

static JSModuleDef *load_shared(JSContext *ctx, const char *name, void *opaque)
{
    (void)opaque;
    JSValue object = read_unit(ctx, name);
    if (JS_IsException(object))
        return NULL;
    JSModuleDef *module = JS_VALUE_GET_PTR(object);
    // The context holds every module that was read.
    JS_FreeValue(ctx, object);
    return module;
}

void units_register(JSContext *ctx)
{
    JS_SetModuleLoaderFunc(JS_GetRuntime(ctx), unit_name, load_shared, NULL);
}

JSValue unit_load(JSContext *ctx, const char *name)
{
    JSValue object = read_unit(ctx, name);
    if (JS_IsException(object))
        return object;
    JSModuleDef *module = JS_VALUE_GET_PTR(object);
    if (JS_ResolveModule(ctx, object) < 0) {
        JS_FreeValue(ctx, object);
        return JS_EXCEPTION;
    }
    JSValue promise = JS_EvalFunction(ctx, object);
    if (JS_IsException(promise))
        return promise;
    int rejected = throw_rejection(ctx, promise, name);
    JS_FreeValue(ctx, promise);
    return rejected < 0 ? JS_EXCEPTION : default_export(ctx, module);
}
