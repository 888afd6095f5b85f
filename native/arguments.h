// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a binding takes from JavaScript. Each function returns 0, or -1 with a TypeError pending: a wrong type
// is a mistake in our TypeScript, so it must not reach the kernel as some other value.

#ifndef TSKIT_ARGUMENTS_H
#define TSKIT_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"
#include "text.h"
#include "util.h"

// A view of a Uint8Array's memory, valid until JavaScript runs again.
struct bytes {
    uint8_t *data;
    size_t length;
};

// Short lists, which nearly all are, lie in `near`, as those of struct text do.
struct ints {
    int *values;
    size_t length;
    int near[64];
};

void ints_release(struct ints *list);
#define cleanup_ints cleanup_with(ints_release)

// Strings and a NULL after the last, as execve wants them.
struct texts {
    char **values;
    size_t length;
};

void texts_release(struct texts *list);
#define cleanup_texts cleanup_with(texts_release)

int arg_int(JSContext *ctx, JSValueConst value, int *out);

// Bits of 32: JavaScript's `|` makes a negative number of bit 31, which is taken back here.
int arg_flags(JSContext *ctx, JSValueConst value, uint32_t *out);

// A number without fraction, or a bigint.
int arg_int64(JSContext *ctx, JSValueConst value, int64_t *out);
int arg_uint64(JSContext *ctx, JSValueConst value, uint64_t *out);

// 0xffffffff, the kernel's "leave as it is", may be written as -1.
int arg_id(JSContext *ctx, JSValueConst value, uint32_t *out);

// null leaves `out` untouched.
int arg_text_or_null(JSContext *ctx, JSValueConst value, struct text *out);
// Two arguments: a folder's descriptor and a path in it.
int arg_at(JSContext *ctx, JSValueConst *argv, int *dirfd, struct text *path);

int arg_bytes(JSContext *ctx, JSValueConst value, struct bytes *out);
int arg_ints(JSContext *ctx, JSValueConst value, struct ints *out);
int arg_texts(JSContext *ctx, JSValueConst value, struct texts *out);

// Properties of an options object; undefined leaves `out` untouched.
int field_int(JSContext *ctx, JSValueConst object, const char *name, int *out);
int field_uint64(JSContext *ctx, JSValueConst object, const char *name, uint64_t *out);
int field_text(JSContext *ctx, JSValueConst object, const char *name, struct text *out);

#endif
