// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Numbers that a seed repeats: set random_state to one that is not 0 first.

#ifndef TSKIT_CHAOS_RANDOM_H
#define TSKIT_CHAOS_RANDOM_H

#include <stdint.h>

static uint64_t random_state;

// xorshift64.
static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

#endif
