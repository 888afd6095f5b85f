// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Strings between the engine (UTF-16) and the kernel (bytes). Bytes that are not UTF-8 become lone surrogates
// U+DC80..U+DCFF and go out again as the same bytes, so every file name survives the way there and back.

#ifndef TSKIT_TEXT_H
#define TSKIT_TEXT_H

#include <stddef.h>

#include "quickjs.h"
#include "util.h"

// Bytes of a JavaScript string, with a NUL after the last one. Short ones, which nearly all paths are, lie in
// `near`: musl maps and unmaps a page for each single block that comes and goes. So a text must not be copied
// as a structure.
struct text {
    char *bytes;
    size_t length;
    char near[512];
};

void text_release(struct text *text);

// The bytes as a block for the caller to free, NULL when memory runs out. The text is to be released all the
// same.
char *text_take(struct text *text);
#define cleanup_text cleanup_with(text_release)

// Both leave an exception pending and return -1 when `value` is no string or memory runs out; text_from_path
// also when the string holds a NUL, which the kernel would take for its end.
int text_from_value(JSContext *ctx, JSValueConst value, struct text *out);
int text_from_path(JSContext *ctx, JSValueConst value, struct text *out);

JSValue text_to_value(JSContext *ctx, const char *bytes, size_t length);

#endif
