#include "src/lib/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"

#define SOCKET_NAME "notify.sock"
#define BARRIER_MS 5000                 /* how long a service manager may take to hear us */

int notify_listen(int directory, int *ret_socket, struct error *err)
{
        _cleanup_(io_closep) int place = openat(directory, NOTIFY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), fd = -1;
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (place < 0 && errno == ENOENT)
                return NOTIFY_NONE;
        if (place < 0)
                return error_errno(err, "opening the sandbox's directory of notifications");
        if (unlinkat(place, SOCKET_NAME, 0) < 0 && errno != ENOENT)
                return error_errno(err, "removing an old socket of notifications");
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return error_errno(err, "making a socket of notifications");
        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET_NAME, place);
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return error_errno(err, "making the sandbox's socket of notifications");
        /* Any user of the sandbox; nobody else gets there. */
        if (fchmodat(place, SOCKET_NAME, 0777, 0) < 0)
                return error_errno(err, "opening the socket of notifications to the program");
        *ret_socket = take_fd(fd);
        return 0;
}

/* Of several lines one says so. */
static bool is_ready(char *message)
{
        for (char *line; (line = strsep(&message, "\n"));)
                if (text_starts_with(line, "READY="))
                        return true;
        return false;
}

/* 1: ready; 0: it has ended. */
static int wait_ready(int socket, int pidfd, struct error *err)
{
        struct pollfd wait[] = { { .fd = socket, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };
        char message[4097];
        ssize_t n;

        for (;;) {
                if (poll(wait, 2, -1) < 0) {
                        if (errno == EINTR)
                                continue;
                        return error_errno(err, "waiting for the program to be ready");
                }
                if (wait[0].revents) {
                        n = recv(socket, message, sizeof(message) - 1, MSG_DONTWAIT);
                        message[n > 0 ? n : 0] = '\0';
                        if (is_ready(message))
                                return 1;
                } else if (wait[1].revents) {
                        return 0;
                }
        }
}

static int connect_manager(const char *manager, int *ret, struct error *err)
{
        _cleanup_(io_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t length = strlen(manager);

        if (fd < 0)
                return error_errno(err, "making a socket");
        if (length >= sizeof(address.sun_path))
                return error_set(err, E_INVALID_PARAMETER, "NOTIFY_SOCKET: found \"%.120s\", which is too long", manager);
        memcpy(address.sun_path, manager, length);
        if (*manager == '@')
                address.sun_path[0] = '\0';
        if (connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
                return error_errno(err, "NOTIFY_SOCKET: connecting to \"%s\"", manager);
        *ret = take_fd(fd);
        return 0;
}

/* Who ends right after a message may be gone before it is read, and then nobody knows whose it was: so we wait for its being read. */
static int pass_barrier(int fd, struct error *err)
{
        _cleanup_(io_closep) int here = -1, there = -1;
        struct pollfd wait = { .events = POLLIN };
        int ends[2], r;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_errno(err, "making a pipe");
        here = wait.fd = ends[0];
        there = ends[1];
        r = io_send_fd(fd, there, "BARRIER=1", err);
        if (r < 0)
                return r;
        close(take_fd(there));
        while (poll(&wait, 1, BARRIER_MS) < 0 && errno == EINTR)
                ;
        return 0;
}

int notify_wait(int socket, const char *manager, uint32_t pid, struct error *err)
{
        _cleanup_(io_closep) int pidfd = sys_pidfd_open((pid_t)pid), fd = -1;
        char message[64];
        int r;

        if (pidfd < 0)
                return errno == ESRCH ? 0 : error_errno(err, "opening process %u", pid);
        r = wait_ready(socket, pidfd, err);
        if (r <= 0)
                return r;
        r = connect_manager(manager, &fd, err);
        if (r < 0)
                return r;
        snprintf(message, sizeof(message), "MAINPID=%u\nREADY=1\n", pid);
        if (send(fd, message, strlen(message), MSG_NOSIGNAL) < 0)
                return error_errno(err, "NOTIFY_SOCKET: telling \"%s\"", manager);
        return pass_barrier(fd, err);
}
