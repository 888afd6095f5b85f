// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "results.h"

#include <unistd.h>

struct object object_begin(JSContext *ctx)
{
    JSValue value = JS_NewObject(ctx);
    return (struct object){.ctx = ctx, .value = value, .failed = JS_IsException(value)};
}

void object_value(struct object *object, const char *name, JSValue value)
{
    if (object->failed)
        JS_FreeValue(object->ctx, value);
    else
        object->failed =
            JS_IsException(value) || JS_SetPropertyStr(object->ctx, object->value, name, value) < 0;
}

void object_int(struct object *object, const char *name, int64_t value)
{
    object_value(object, name, JS_NewInt64(object->ctx, value));
}

void object_bigint(struct object *object, const char *name, uint64_t value)
{
    object_value(object, name, JS_NewBigUint64(object->ctx, value));
}

JSValue object_finish(struct object *object)
{
    if (!object->failed)
        return object->value;
    JS_FreeValue(object->ctx, object->value);
    return JS_EXCEPTION;
}

struct list list_begin(JSContext *ctx)
{
    JSValue value = JS_NewArray(ctx);
    return (struct list){.base = {.ctx = ctx, .value = value, .failed = JS_IsException(value)}};
}

void list_append(struct list *list, JSValue value)
{
    struct object *base = &list->base;
    if (base->failed)
        JS_FreeValue(base->ctx, value);
    else
        base->failed =
            JS_IsException(value) || JS_SetPropertyUint32(base->ctx, base->value, list->length++, value) < 0;
}

JSValue list_finish(struct list *list)
{
    return object_finish(&list->base);
}

JSValue result_bytes(JSContext *ctx, const void *data, size_t length)
{
    JSValue buffer = JS_NewArrayBufferCopy(ctx, data, length);
    if (JS_IsException(buffer))
        return buffer;
    // The engine reads all three of (buffer, offset, length), whatever count it is told.
    JSValueConst arguments[] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
    JSValue array = JS_NewTypedArray(ctx, 3, arguments, JS_TYPED_ARRAY_UINT8);
    JS_FreeValue(ctx, buffer);
    return array;
}

JSValue result_fd_pair(JSContext *ctx, const int fds[2])
{
    struct list pair = list_begin(ctx);
    list_append(&pair, JS_NewInt32(ctx, fds[0]));
    list_append(&pair, JS_NewInt32(ctx, fds[1]));
    if (pair.base.failed) {
        close(fds[0]);
        close(fds[1]);
    }
    return list_finish(&pair);
}
