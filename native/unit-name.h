// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a unit is called that another one imports, the same when it is compiled and when it is loaded.

#ifndef TSKIT_UNIT_NAME_H
#define TSKIT_UNIT_NAME_H

#include <string.h>

#include "quickjs.h"

// A JSModuleNormalizeFunc. Bundles lie in one folder and import each other as "./NAME.js".
static inline char *unit_name(JSContext *ctx, const char *importer, const char *name, void *opaque)
{
    (void)importer;
    (void)opaque;
    if (strncmp(name, "./", 2) != 0)
        return js_strdup(ctx, name);
    const char *file = name + 2;
    size_t length = strlen(file);
    return js_strndup(ctx, file, length > 3 ? length - 3 : length);
}

#endif
