#include "hcs/local/directories.h"

#include <fcntl.h>
#include <unistd.h>

#include "hcs/base/io.h"

int directories_add(struct directories *directories, const char *path, const char *name, struct error *err)
{
        _cleanup_(text_done) struct text whole = { 0 };
        _cleanup_(io_closep) int fd = -1;

        if (directories->count == DIRECTORIES_MAX)
                return error_set(err, E_INVALID_PARAMETER, "more than %d layers", DIRECTORIES_MAX - 2);
        text_addf(&whole, "%s%s%s", path, *name ? "/" : "", name);
        if (text_check(&whole, err) < 0)
                return err->code;
        fd = open(whole.data, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return error_errno(err, "opening %s", whole.data);
        if (fd < directories->above) {
                int higher = fcntl(fd, F_DUPFD_CLOEXEC, directories->above);

                if (higher < 0)
                        return error_errno(err, "copying a descriptor");
                close(fd);
                fd = higher;
        }
        directories->fds[directories->count++] = take_fd(fd);
        return 0;
}

void directories_done(struct directories *directories)
{
        while (directories->count > 0)
                close(directories->fds[--directories->count]);
}
