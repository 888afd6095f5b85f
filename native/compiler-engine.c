// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The engine as compile-units has it: with one function more, which needs to know what a function consists
// of. The engine itself can leave out the names of variables only together with the line numbers.

#include "compiler-engine.h"

#include "quickjs.c"

static void strip_function(JSContext *ctx, JSFunctionBytecode *function)
{
    if (function->vardefs != NULL)
        for (int i = 0; i < function->arg_count + function->var_count; i++)
            JS_FreeAtom(ctx, function->vardefs[i].var_name);
    function->vardefs = NULL;
    for (int i = 0; i < function->closure_var_count; i++) {
        JS_FreeAtom(ctx, function->closure_var[i].var_name);
        function->closure_var[i].var_name = JS_ATOM_NULL;
    }
    for (int i = 0; i < function->cpool_count; i++)
        if (JS_VALUE_GET_TAG(function->cpool[i]) == JS_TAG_FUNCTION_BYTECODE)
            strip_function(ctx, JS_VALUE_GET_PTR(function->cpool[i]));
}

void strip_variable_names(JSContext *ctx, JSValueConst module)
{
    JSModuleDef *definition = JS_VALUE_GET_PTR(module);
    strip_function(ctx, JS_VALUE_GET_PTR(definition->func_obj));
}
