// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors
//
// A service that tells of itself (sd_notify(3)): each argument is sent to NOTIFY_SOCKET, a number is a pause
// of so many milliseconds; then it waits for ever.

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (path == NULL || strlen(path) >= sizeof address.sun_path || fd < 0)
        return 2;
    strcpy(address.sun_path, path);
    for (int i = 1; i < argc; i++) {
        int pause = atoi(argv[i]);
        if (pause > 0)
            usleep((useconds_t)pause * 1000);
        else if (sendto(fd, argv[i], strlen(argv[i]), 0, (struct sockaddr *)&address, sizeof address) < 0)
            return 3;
    }
    for (;;)
        sleep(1000);
}
