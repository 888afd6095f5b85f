// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Cleanup attributes: a local variable is released on every way out of its function.

#ifndef TSKIT_UTIL_H
#define TSKIT_UTIL_H

#include <stdlib.h>
#include <unistd.h>

#define cleanup_with(release) __attribute__((cleanup(release)))
#define not_used              __attribute__((unused))

static inline void release_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void release_memory(void *pointer)
{
    free(*(void **)pointer);
}

#define cleanup_fd   cleanup_with(release_fd)
#define cleanup_free cleanup_with(release_memory)

#define length_of(array) (sizeof(array) / sizeof((array)[0]))

#endif
