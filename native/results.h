// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a binding gives back to JavaScript.

#ifndef TSKIT_RESULTS_H
#define TSKIT_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

// A copy of the memory as a Uint8Array.
JSValue result_bytes(JSContext *ctx, const void *data, size_t length);

// Two descriptors as an array. Closes both when the array cannot be made.
JSValue result_fd_pair(JSContext *ctx, const int fds[2]);

// An object made field by field; a failure on the way is kept and comes out of object_finish.
struct object {
    JSContext *ctx;
    JSValue value;
    bool failed;
};

struct object object_begin(JSContext *ctx);
void object_value(struct object *object, const char *name, JSValue value);
void object_int(struct object *object, const char *name, int64_t value);
void object_bigint(struct object *object, const char *name, uint64_t value);
JSValue object_finish(struct object *object);

// An array made item by item, in the same way.
struct list {
    struct object base;
    uint32_t length;
};

struct list list_begin(JSContext *ctx);
void list_append(struct list *list, JSValue value);
JSValue list_finish(struct list *list);

#endif
