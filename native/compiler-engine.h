// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#ifndef TSKIT_COMPILER_ENGINE_H
#define TSKIT_COMPILER_ENGINE_H

#include "quickjs.h"

// Leaves out of a compiled module the names of its variables and parameters: a third of what is to be read
// when it is loaded. Only messages of a variable used before its initialization have one. Functions keep
// theirs.
void strip_variable_names(JSContext *ctx, JSValueConst module);

#endif
