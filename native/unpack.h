// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Reads one block of LZ4 (lz4_Block_format.md): chosen for the size of its reader, about 300 bytes.

#ifndef TSKIT_UNPACK_H
#define TSKIT_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// True when the block holds exactly `size` bytes, which are in `to` then. Never reads or writes beyond
// either.
bool unpack(const uint8_t *from, size_t stored, uint8_t *to, size_t size);

#endif
