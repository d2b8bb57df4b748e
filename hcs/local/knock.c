/* The start socket.  The first process, all set up, listens at SPACE/ID/start; `start` knocks.  That somebody listens is the
 * kernel's own word that the program has not begun, whatever was killed in between: the listening descriptor goes with the
 * execve, and a knock then is refused. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/local/control.h"
#include "hcs/local/engine.h"
#include "hcs/local/plan.h"

#define SOCKET_NAME "start"

/* However long the directory's path is, this fits. */
static socklen_t address(int directory, struct sockaddr_un *ret)
{
        memset(ret, 0, sizeof(*ret));
        ret->sun_family = AF_UNIX;
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                           (size_t)snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/" SOCKET_NAME, directory));
}

int local_knock_listen(const struct hcs_system_object *system, int *ret_fd, struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        struct sockaddr_un name;
        socklen_t length = address(system->directory, &name);

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return error_errno(err, "making the start socket");
        if (bind(fd, (struct sockaddr *)&name, length) < 0)
                return error_errno(err, "binding the start socket %s/%s/" SOCKET_NAME, system->space, system->id);
        if (listen(fd, 64) < 0)
                return error_errno(err, "listening at the start socket");
        *ret_fd = take_fd(fd);
        return 0;
}

/* Connects; LOCAL_NOT_WAITING when nobody listens. */
static int reach(int directory, int *ret_fd, struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        struct sockaddr_un name;
        socklen_t length = address(directory, &name);

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return error_errno(err, "making a socket");
        while (connect(fd, (struct sockaddr *)&name, length) < 0) {
                if (errno == ENOENT || errno == ECONNREFUSED)
                        return LOCAL_NOT_WAITING;
                if (errno != EINTR)
                        return error_errno(err, "reaching the start socket");
        }
        *ret_fd = take_fd(fd);
        return 0;
}

int local_knock_is_awaited(int directory, bool *ret, struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        struct stat there;
        int r;

        if (fstatat(directory, SOCKET_NAME, &there, AT_SYMLINK_NOFOLLOW) < 0) {
                *ret = false;
                return 0;
        }
        r = reach(directory, &fd, err);
        if (r < 0)
                return r;
        *ret = r == 0;
        return 0;
}

int local_knock(int directory, struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        struct control_message answer;
        int r;

        r = reach(directory, &fd, err);
        if (r != 0)
                return r;
        r = control_send(fd, START_GO, NULL, err);
        if (r < 0)
                return LOCAL_NOT_WAITING;       /* gone between the two calls: another start was first, or it died */

        r = control_receive(fd, -1, &answer, err);
        if (r < 0)
                return r;
        if (r == CONTROL_RESET)
                return LOCAL_NOT_WAITING;
        (void)unlinkat(directory, SOCKET_NAME, 0);
        return r == CONTROL_CLOSED ? 0 : control_take_error(&answer, err);
}
