// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Exchanges two paths as fast as it can until it is killed: what a container does that races a runtime which
// mounts into a volume of both. Writes a line first, once it has begun.
//
//     swap ONE OTHER

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

// linux/fs.h, which the C library here does not have.
#define RENAME_EXCHANGE 2

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    for (long count = 0;; count++) {
        if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0)
            return 1;
        if (count == 1 && write(STDOUT_FILENO, "swapping\n", 9) < 0)
            return 1;
    }
}
