// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// U+DC80..U+DCFF in the engine's UTF-8, which encodes lone surrogates like any other code point: ED B2 80 ..
// ED B3 BF.
enum { escape_size = 3 };

void text_release(struct text *text)
{
    if (text->bytes != text->near)
        free(text->bytes);
}

char *text_take(struct text *text)
{
    if (text->bytes == text->near)
        return strdup(text->bytes);
    char *bytes = text->bytes;
    text->bytes = NULL;
    return bytes;
}

static bool is_escape(const unsigned char *at, const unsigned char *end)
{
    return end - at >= escape_size && at[0] == 0xed && (at[1] == 0xb2 || at[1] == 0xb3);
}

static unsigned char unescape(const unsigned char *at)
{
    return (unsigned char)((at[1] & 0x03) << 6 | (at[2] & 0x3f));
}

static size_t copy_unescaped(char *out, const unsigned char *at, size_t length)
{
    const unsigned char *end = at + length;
    char *start = out;
    while (at < end) {
        if (is_escape(at, end)) {
            *out++ = (char)unescape(at);
            at += escape_size;
        } else {
            *out++ = (char)*at++;
        }
    }
    *out = '\0';
    return (size_t)(out - start);
}

int text_from_value(JSContext *ctx, JSValueConst value, struct text *out)
{
    if (!JS_IsString(value)) {
        JS_ThrowTypeError(ctx, "expected a string");
        return -1;
    }
    size_t length;
    const char *encoded = JS_ToCStringLen(ctx, &length, value);
    if (encoded == NULL)
        return -1;
    char *bytes = length < sizeof(out->near) ? out->near : malloc(length + 1);
    if (bytes == NULL) {
        JS_FreeCString(ctx, encoded);
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    out->bytes = bytes;
    out->length = copy_unescaped(bytes, (const unsigned char *)encoded, length);
    JS_FreeCString(ctx, encoded);
    return 0;
}

int text_from_path(JSContext *ctx, JSValueConst value, struct text *out)
{
    if (text_from_value(ctx, value, out) < 0)
        return -1;
    if (memchr(out->bytes, '\0', out->length) != NULL) {
        JS_ThrowTypeError(ctx, "expected a string without NUL");
        return -1;
    }
    return 0;
}

// Length of the UTF-8 sequence at `at`, 0 when it is none (RFC 3629: no overlong forms, no surrogates, at
// most U+10FFFF).
static size_t sequence_length(const unsigned char *at, const unsigned char *end)
{
    unsigned char first = at[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || (size_t)(end - at) < length)
        return 0;
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

static size_t count_invalid(const unsigned char *at, const unsigned char *end)
{
    size_t invalid = 0;
    while (at < end) {
        size_t length = sequence_length(at, end);
        invalid += length == 0;
        at += length == 0 ? 1 : length;
    }
    return invalid;
}

static void copy_escaped(unsigned char *out, const unsigned char *at, const unsigned char *end)
{
    while (at < end) {
        size_t length = sequence_length(at, end);
        if (length == 0) {
            *out++ = 0xed;
            *out++ = (unsigned char)(0xb0 | *at >> 6);
            *out++ = (unsigned char)(0x80 | (*at & 0x3f));
            at++;
        } else {
            memcpy(out, at, length);
            out += length;
            at += length;
        }
    }
}

JSValue text_to_value(JSContext *ctx, const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    size_t invalid = count_invalid(at, at + length);
    if (invalid == 0)
        return JS_NewStringLen(ctx, bytes, length);
    size_t escaped_length = length + invalid * (escape_size - 1);
    cleanup_free unsigned char *escaped = malloc(escaped_length);
    if (escaped == NULL)
        return JS_ThrowOutOfMemory(ctx);
    copy_escaped(escaped, at, at + length);
    return JS_NewStringLen(ctx, (const char *)escaped, escaped_length);
}
