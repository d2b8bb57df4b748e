/* The ground under a run, on Linux. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "hcs/base/warm.h"
#include "oci/template.h"
#include "src/cli/cmd.h"

/* Rule 1: 0 to 2 are open, so that nothing of ours ever becomes one of them; what the caller left open stays with us.  Gives
 * how many that is from 3 on, before anything of ours can slip into a gap. */
static uint32_t settle_descriptors(void)
{
        uint32_t inherited = 0;

        for (int fd = 0; fd < 3; fd++)
                if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
                        (void)open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
        while (fcntl((int)(3 + inherited), F_GETFD) >= 0)
                inherited++;
        (void)sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
        (void)signal(SIGPIPE, SIG_IGN);
        return inherited;
}

const char cmd_platform[] = "linux";

void cmd_streams(struct hcs_streams *ret)
{
        *ret = (struct hcs_streams){ .in = 0, .out = 1, .err = 2, .console = -1 };
}

uint32_t cmd_listen_fds(const char **ret_names)
{
        const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
        uint32_t number, whose;

        if (!count || !pid || text_to_u32(pid, &whose) < 0 || whose != (uint32_t)getpid() || text_to_u32(count, &number) < 0)
                return 0;
        *ret_names = getenv("LISTEN_FDNAMES");
        return number;
}

int cmd_template(const struct cmd_context *context, char **ret, struct error *err)
{
        const struct oci_template wanted = {
                .rootfs = args_has(context->args, "rootfs"),
                .rootless = args_has(context->args, "rootless") || geteuid() != 0, .uid = geteuid(), .gid = getegid(),
        };

        return oci_template(&wanted, ret, err);
}

int cmd_connect_console(const char *path, int *ret_socket, struct error *err)
{
        return io_connect_unix(path, ret_socket, err);
}

int cmd_send_pidfd(const char *socket, uint32_t pid, struct error *err)
{
        _cleanup_(io_closep) int to = -1, pidfd = sys_pidfd_open((pid_t)pid);
        int r;

        if (pidfd < 0)
                return error_errno(err, "--pidfd-socket: opening process %u", pid);
        r = io_connect_unix(socket, &to, err);
        if (r >= 0)
                r = io_send_fd(to, pidfd, "pidfd", err);
        return r < 0 ? error_wrap(err, "--pidfd-socket") : 0;
}

/* By hand rather than through the name service: it would load libraries for one line. */
const char *cmd_user_name(struct arena *arena, const char *uid)
{
        _cleanup_(io_close_filep) FILE *file = fopen("/etc/passwd", "re");
        struct passwd *entry;
        uint32_t number;

        if (!file || text_to_u32(uid, &number) < 0)
                return uid;
        while ((entry = fgetpwent(file)))
                if (entry->pw_uid == number)
                        return arena_copy(arena, entry->pw_name);
        return uid;
}

int main(int count, char **words)
{
        warm_up();
        return cmd_main(count, words, settle_descriptors());
}
