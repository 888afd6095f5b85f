// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

#include "unpack.h"

#include <string.h>

enum { shortest_match = 4, extended = 15 };

// A length of 15 goes on in the next bytes, up to and with the first that is not 255. False at the block's
// end.
static bool extend(const uint8_t **from, const uint8_t *end, size_t *length)
{
    if (*length != extended)
        return true;
    while (*from < end) {
        uint8_t more = *(*from)++;
        *length += more;
        if (more != 255)
            return true;
    }
    return false;
}

bool unpack(const uint8_t *from, size_t stored, uint8_t *to, size_t size)
{
    const uint8_t *end = from + stored;
    size_t done = 0;
    while (from < end) {
        size_t match = *from & 15;
        size_t literals = *from++ >> 4;
        if (!extend(&from, end, &literals) || literals > (size_t)(end - from) || literals > size - done)
            return false;
        memcpy(to + done, from, literals);
        from += literals;
        done += literals;
        // The last sequence has literals only.
        if (from == end)
            return done == size;
        if (end - from < 2)
            return false;
        size_t distance = from[0] | (size_t)from[1] << 8;
        from += 2;
        if (!extend(&from, end, &match))
            return false;
        match += shortest_match;
        if (distance == 0 || distance > done || match > size - done)
            return false;
        // Byte by byte: a match may reach into what it writes.
        for (; match > 0; match--, done++)
            to[done] = to[done - distance];
    }
    return false;
}
