// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Build tool, run on the host: compiles JavaScript modules to engine bytecode and writes them as one C file.
//
//     compile-units OUT.c NAME=FILE.js NAME:FILE.js ...
//
// With a colon the bytecode is compressed (one LZ4 block, read by unpack.c), unless that makes it no smaller.
//
// Functions keep their names and line numbers for stack traces; the source text and the names of variables
// are left out.

#include <errno.h>
#include <lz4hc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler-engine.h"
#include "quickjs.h"
#include "unit-name.h"

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "compile-units: %s: %s\n", what, why);
    exit(1);
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        die(path, strerror(errno));
    long length = ftell(file);
    rewind(file);
    char *text = malloc((size_t)length + 1);
    if (text == NULL || fread(text, 1, (size_t)length, file) != (size_t)length)
        die(path, "cannot be read");
    fclose(file);
    text[length] = '\0';
    *size = (size_t)length;
    return text;
}

static int never_called(JSContext *ctx, JSModuleDef *module)
{
    (void)ctx;
    (void)module;
    return -1;
}

// Other modules only need to exist while compiling; names are resolved when the unit is loaded. `opaque`
// holds the names of all units.
static JSModuleDef *stand_in(JSContext *ctx, const char *name, void *opaque)
{
    bool known = strncmp(name, "tskit:", 6) == 0;
    for (char **unit = opaque; *unit != NULL && !known; unit++)
        known = strcmp(name, *unit) == 0;
    if (known)
        return JS_NewCModule(ctx, name, never_called);
    JS_ThrowReferenceError(ctx, "import of \"%s\" was not bundled", name);
    return NULL;
}

static void print_exception(JSContext *ctx, const char *path)
{
    JSValue error = JS_GetException(ctx);
    JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
    const char *message = JS_ToCString(ctx, error);
    const char *where = JS_ToCString(ctx, stack);
    fprintf(stderr, "compile-units: %s: %s\n%s", path, message ? message : "?", where ? where : "");
    exit(1);
}

static void write_array(FILE *out, size_t index, const uint8_t *bytes, size_t size)
{
    fprintf(out, "static const uint8_t unit_%zu[] = {", index);
    for (size_t i = 0; i < size; i++)
        fprintf(out, "%s%u,", i % 24 == 0 ? "\n" : "", bytes[i]);
    fprintf(out, "\n};\n\n");
}

struct source {
    const char *path;
    bool is_packed;
    size_t size;
    size_t stored;
};

// Sets size and stored.
static void write_unit(FILE *out, size_t index, struct source *source, const uint8_t *bytecode)
{
    source->stored = source->size;
    if (source->is_packed) {
        int limit = (int)source->size - 1;
        char *packed = malloc(source->size);
        int length = packed == NULL ? 0
                                    : LZ4_compress_HC((const char *)bytecode, packed, (int)source->size,
                                                      limit, LZ4HC_CLEVEL_MAX);
        if (length > 0) {
            source->stored = (size_t)length;
            write_array(out, index, (const uint8_t *)packed, source->stored);
            free(packed);
            return;
        }
        free(packed);
    }
    write_array(out, index, bytecode, source->size);
}

// The file name in stack traces is the unit's name: the path of a build folder must not reach the binary.
static void compile(FILE *out, size_t index, char **names, struct source *unit)
{
    const char *path = unit->path;
    JSRuntime *runtime = JS_NewRuntime();
    JSContext *ctx = runtime ? JS_NewContext(runtime) : NULL;
    if (ctx == NULL)
        die(path, "out of memory");
    JS_SetStripInfo(runtime, JS_STRIP_SOURCE);
    JS_SetModuleLoaderFunc(runtime, unit_name, stand_in, names);
    size_t length;
    char *source = read_file(path, &length);
    JSValue module =
        JS_Eval(ctx, source, length, names[index], JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    free(source);
    if (JS_IsException(module))
        print_exception(ctx, path);
    strip_variable_names(ctx, module);
    uint8_t *bytecode = JS_WriteObject(ctx, &unit->size, module, JS_WRITE_OBJ_BYTECODE);
    if (bytecode == NULL)
        print_exception(ctx, path);
    write_unit(out, index, unit, bytecode);
    js_free(ctx, bytecode);
    JS_FreeValue(ctx, module);
    JS_FreeContext(ctx);
    JS_FreeRuntime(runtime);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        die("usage", "compile-units OUT.c NAME=FILE.js NAME:FILE.js ...");
    FILE *out = fopen(argv[1], "w");
    struct source *sources = calloc((size_t)argc, sizeof(*sources));
    if (out == NULL || sources == NULL)
        die(argv[1], strerror(errno));
    fprintf(out, "// Made by compile-units.\n\n#include \"units.h\"\n\n");
    char **names = argv + 2;
    size_t count = (size_t)argc - 2;
    for (size_t i = 0; i < count; i++) {
        char *end = names[i] + strcspn(names[i], "=:");
        if (*end == '\0')
            die(names[i], "expected NAME=FILE.js or NAME:FILE.js");
        sources[i] = (struct source){.path = end + 1, .is_packed = *end == ':'};
        *end = '\0';
    }
    for (size_t i = 0; i < count; i++)
        compile(out, i, names, &sources[i]);
    fprintf(out, "const struct unit units[] = {\n");
    for (size_t i = 0; i < count; i++)
        fprintf(out, "    {\"%s\", unit_%zu, %zu, %zu},\n", names[i], i, sources[i].stored, sources[i].size);
    fprintf(out, "};\n\nconst size_t unit_count = %zu;\n", count);
    free(sources);
    if (fclose(out) != 0)
        die(argv[1], strerror(errno));
    return 0;
}
