// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "arguments.h"

#include <math.h>
#include <stdbool.h>

static const double two_to_the_63 = 9223372036854775808.0;

static int wrong(JSContext *ctx, const char *expected)
{
    JS_ThrowTypeError(ctx, "expected %s", expected);
    return -1;
}

// The engine's own conversion drops the upper bits of a bigint that is too long.
static int bits_of_bigint(JSContext *ctx, JSValueConst value, bool is_signed, int64_t *out)
{
    if (JS_ToBigInt64(ctx, out, value) < 0)
        return -1;
    JSValue same = is_signed ? JS_NewBigInt64(ctx, *out) : JS_NewBigUint64(ctx, (uint64_t)*out);
    bool exact = JS_StrictEq(ctx, same, value);
    JS_FreeValue(ctx, same);
    return exact ? 0 : wrong(ctx, "an integer of 64 bits");
}

int arg_int64(JSContext *ctx, JSValueConst value, int64_t *out)
{
    if (JS_IsBigInt(ctx, value))
        return bits_of_bigint(ctx, value, true, out);
    double number;
    if (!JS_IsNumber(value))
        return wrong(ctx, "an integer");
    if (JS_ToFloat64(ctx, &number, value) < 0)
        return -1;
    if (trunc(number) != number || number < -two_to_the_63 || number >= two_to_the_63)
        return wrong(ctx, "an integer of 64 bits");
    *out = (int64_t)number;
    return 0;
}

int arg_uint64(JSContext *ctx, JSValueConst value, uint64_t *out)
{
    int64_t number;
    if (JS_IsBigInt(ctx, value)) {
        if (bits_of_bigint(ctx, value, false, &number) < 0)
            return -1;
    } else if (arg_int64(ctx, value, &number) < 0) {
        return -1;
    } else if (number < 0) {
        return wrong(ctx, "an integer of at least 0");
    }
    *out = (uint64_t)number;
    return 0;
}

static int number_between(JSContext *ctx, JSValueConst value, int64_t least, int64_t most,
                          const char *expected, int64_t *out)
{
    if (arg_int64(ctx, value, out) < 0)
        return -1;
    return *out < least || *out > most ? wrong(ctx, expected) : 0;
}

int arg_int(JSContext *ctx, JSValueConst value, int *out)
{
    int64_t number;
    if (number_between(ctx, value, INT32_MIN, INT32_MAX, "an integer of 32 bits", &number) < 0)
        return -1;
    *out = (int)number;
    return 0;
}

int arg_flags(JSContext *ctx, JSValueConst value, uint32_t *out)
{
    int64_t number;
    if (number_between(ctx, value, INT32_MIN, UINT32_MAX, "flags of 32 bits", &number) < 0)
        return -1;
    *out = (uint32_t)number;
    return 0;
}

int arg_id(JSContext *ctx, JSValueConst value, uint32_t *out)
{
    int64_t number;
    if (number_between(ctx, value, -1, UINT32_MAX, "an id of 32 bits", &number) < 0)
        return -1;
    *out = (uint32_t)number;
    return 0;
}

int arg_text_or_null(JSContext *ctx, JSValueConst value, struct text *out)
{
    return JS_IsNull(value) ? 0 : text_from_path(ctx, value, out);
}

int arg_at(JSContext *ctx, JSValueConst *argv, int *dirfd, struct text *path)
{
    return arg_int(ctx, argv[0], dirfd) < 0 || text_from_path(ctx, argv[1], path) < 0 ? -1 : 0;
}

int arg_bytes(JSContext *ctx, JSValueConst value, struct bytes *out)
{
    size_t offset;
    size_t length;
    size_t element;
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &length, &element);
    if (JS_IsException(buffer))
        return -1;
    size_t capacity;
    uint8_t *memory = JS_GetArrayBuffer(ctx, &capacity, buffer);
    // The array keeps its buffer alive; this reference is not needed for that.
    JS_FreeValue(ctx, buffer);
    if (memory == NULL)
        return -1;
    if (element != 1)
        return wrong(ctx, "a Uint8Array");
    out->data = memory + offset;
    out->length = length;
    return 0;
}

static int list_length(JSContext *ctx, JSValueConst list, uint32_t *out)
{
    if (!JS_IsArray(ctx, list))
        return wrong(ctx, "an array");
    JSValue length = JS_GetPropertyStr(ctx, list, "length");
    if (JS_IsException(length))
        return -1;
    int result = JS_ToUint32(ctx, out, length);
    JS_FreeValue(ctx, length);
    return result;
}

void ints_release(struct ints *list)
{
    if (list->values != list->near)
        free(list->values);
}

int arg_ints(JSContext *ctx, JSValueConst value, struct ints *out)
{
    uint32_t length;
    if (list_length(ctx, value, &length) < 0)
        return -1;
    out->values = length <= length_of(out->near) ? out->near : calloc(length, sizeof(*out->values));
    if (out->values == NULL) {
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    for (uint32_t i = 0; i < length; i++) {
        JSValue item = JS_GetPropertyUint32(ctx, value, i);
        uint32_t number = 0;
        int result = JS_IsException(item) ? -1 : arg_id(ctx, item, &number);
        JS_FreeValue(ctx, item);
        if (result < 0)
            return -1;
        out->values[i] = (int)number;
    }
    out->length = length;
    return 0;
}

void texts_release(struct texts *list)
{
    for (size_t i = 0; i < list->length; i++)
        free(list->values[i]);
    free(list->values);
}

int arg_texts(JSContext *ctx, JSValueConst value, struct texts *out)
{
    uint32_t length;
    if (list_length(ctx, value, &length) < 0)
        return -1;
    out->values = calloc((size_t)length + 1, sizeof(*out->values));
    if (out->values == NULL) {
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    for (uint32_t i = 0; i < length; i++) {
        JSValue item = JS_GetPropertyUint32(ctx, value, i);
        cleanup_text struct text text = {0};
        int result = JS_IsException(item) ? -1 : text_from_path(ctx, item, &text);
        JS_FreeValue(ctx, item);
        if (result < 0)
            return -1;
        out->values[i] = text_take(&text);
        out->length = i + 1;
        if (out->values[i] == NULL) {
            JS_ThrowOutOfMemory(ctx);
            return -1;
        }
    }
    return 0;
}

int field_int(JSContext *ctx, JSValueConst object, const char *name, int *out)
{
    JSValue field = JS_GetPropertyStr(ctx, object, name);
    if (JS_IsException(field))
        return -1;
    int result = JS_IsUndefined(field) ? 0 : arg_int(ctx, field, out);
    JS_FreeValue(ctx, field);
    return result;
}

int field_uint64(JSContext *ctx, JSValueConst object, const char *name, uint64_t *out)
{
    JSValue field = JS_GetPropertyStr(ctx, object, name);
    if (JS_IsException(field))
        return -1;
    int result = JS_IsUndefined(field) ? 0 : arg_uint64(ctx, field, out);
    JS_FreeValue(ctx, field);
    return result;
}

int field_text(JSContext *ctx, JSValueConst object, const char *name, struct text *out)
{
    JSValue field = JS_GetPropertyStr(ctx, object, name);
    if (JS_IsException(field))
        return -1;
    int result = JS_IsUndefined(field) ? 0 : text_from_path(ctx, field, out);
    JS_FreeValue(ctx, field);
    return result;
}
