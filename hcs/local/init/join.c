/* The order in which a place is entered (exec). */
#include <unistd.h>

#include "hcs/local/init/init.h"

int init_join(struct init *init, struct error *err)
{
        int r;

        r = namespaces_join_group(init, err);
        if (r >= 0)
                r = namespaces_join(init, err);
        if (r >= 0 && setsid() < 0)
                r = error_errno(err, "beginning a session");
        if (r >= 0 && init->process->terminal)
                r = console_open(init, "/dev/pts/ptmx", err);
        if (r >= 0)
                r = console_adopt(init, err);
        if (r >= 0)
                r = program_enter_directory(init, err);
        if (r >= 0)
                r = privileges_drop(init, err);
        return r >= 0 ? program_find(init, err) : r;
}
