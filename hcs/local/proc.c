#include "hcs/local/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"

bool proc_stat_read(pid_t pid, struct proc_stat *ret)
{
        _cleanup_(io_closep) int fd = -1;
        char path[64], line[1024], *field;
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                errno = ESRCH;
        if (fd < 0)
                return false;
        n = read(fd, line, sizeof(line) - 1);
        if (n < 0)
                return false;
        line[n] = '\0';
        errno = ESRCH;                  /* should there be less than there ought to be */

        /* The name may hold blanks and brackets: what follows the last bracket is fixed. */
        field = strrchr(line, ')');
        if (!field || field[1] != ' ')
                return false;
        field += 2;
        ret->state = *field;

        for (int i = 3; i < 22; i++) {
                field = strchr(field, ' ');
                if (!field)
                        return false;
                field++;
        }
        ret->start_time = strtoull(field, NULL, 10);
        return true;
}

bool proc_is_alive(pid_t pid, uint64_t start_time)
{
        struct proc_stat stat;

        errno = ESRCH;
        if (pid <= 0 || !proc_stat_read(pid, &stat))
                return false;
        errno = ESRCH;
        return stat.start_time == start_time && !strchr("ZXx", stat.state);
}

int proc_open_pidfd(pid_t pid, uint64_t start_time)
{
        _cleanup_(io_closep) int fd = sys_pidfd_open(pid);

        return fd >= 0 && proc_is_alive(pid, start_time) ? take_fd(fd) : -1;
}

int proc_pidfd_signal(int pidfd, int signal)
{
        return sys_pidfd_send_signal(pidfd, signal);
}

static bool namespace_of(int proc, const char *pid, struct stat *ret)
{
        char path[64];

        snprintf(path, sizeof(path), "%.20s/ns/pid", pid);
        return fstatat(proc, path, ret, 0) == 0;
}

int proc_list_pid_namespace(pid_t pid, pid_t **ret, size_t *ret_count, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *dir = NULL;
        pid_t *list = NULL;
        size_t count = 0, size = 0;
        struct stat wanted, found;
        struct dirent *entry;
        char name[24];

        dir = opendir("/proc");
        if (!dir)
                return error_errno(err, "opening /proc");
        snprintf(name, sizeof(name), "%d", (int)pid);
        if (!namespace_of(dirfd(dir), name, &wanted)) {
                *ret = NULL;
                *ret_count = 0;
                return 0;
        }

        while ((entry = readdir(dir))) {
                uint32_t number;

                if (text_to_u32(entry->d_name, &number) < 0 || !namespace_of(dirfd(dir), entry->d_name, &found) ||
                    found.st_ino != wanted.st_ino || found.st_dev != wanted.st_dev)
                        continue;
                if (count == size) {
                        pid_t *more = realloc(list, (size = size ? size * 2 : 16) * sizeof(*list));

                        if (!more) {
                                free(list);
                                return error_memory(err);
                        }
                        list = more;
                }
                list[count++] = (pid_t)number;
        }

        *ret = list;
        *ret_count = count;
        return 0;
}
