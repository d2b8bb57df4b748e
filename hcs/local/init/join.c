/* The order in which a place is entered (exec). */
#include <fcntl.h>
#include <unistd.h>

#include "hcs/local/init/init.h"

static int open_console(struct init *init, struct error *err)
{
        init->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (init->root < 0)
                return error_errno(err, "opening the root file system");
        return console_open(init, "/dev/pts/ptmx", err);
}

int init_join(struct init *init, struct error *err)
{
        int r;

        r = namespaces_join_group(init, err);
        if (r >= 0)
                r = namespaces_join(init, err);
        if (r >= 0 && setsid() < 0)
                r = error_errno(err, "beginning a session");
        if (r >= 0 && init->process->terminal)
                r = open_console(init, err);
        if (r >= 0)
                r = console_adopt(init, err);
        if (r >= 0)
                r = program_enter_directory(init, err);
        if (r >= 0)
                r = filter_prepare(init, err);          /* asks the engine, which may still be busy with it */
        if (r >= 0)
                r = privileges_drop(init, err);
        if (r >= 0)
                r = program_find(init, err);
        return r >= 0 ? filter_install(init, FILTER_BEFORE_READY, err) : r;
}
