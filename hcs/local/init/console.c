/* The terminal: a pty out of the sandbox's own devpts.  The slave is got from the master by the kernel (TIOCGPTPEER), never by
 * name, and bound to /dev/console by descriptor (rule 9). */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"
#include "hcs/local/init/init.h"
#include "hcs/local/tree.h"

static int open_slave(int master, struct error *err)
{
        _cleanup_(io_closep) int slave = -1;
        struct statfs kind;
        int unlocked = 0;

        if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
                return error_errno(err, "unlocking the pty");
        slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave < 0)
                return error_errno(err, "opening the pty's other side");
        if (fstatfs(slave, &kind) < 0 || kind.f_type != DEVPTS_SUPER_MAGIC)
                return error_set(err, E_INVALID_DATA, "the pty is not on a devpts");
        return take_fd(slave);
}

static int bind_console(const struct init *init, struct error *err)
{
        _cleanup_(io_closep) int target = -1, tree = -1;
        int r;

        r = inroot_make_file(init->root, "/dev/console", 0620, &target, err);
        if (r < 0)
                return r;
        tree = tree_clone(init->terminal, "", false, err);
        return tree < 0 ? tree : tree_put(tree, target, err);
}

int console_open(struct init *init, const char *ptmx, struct error *err)
{
        _cleanup_(io_closep) int master = -1;
        const struct spec_box *box = init->process->console_size;
        struct winsize size = { 0 };
        unsigned number = 0;
        char name[32];
        int r;

        if (init->plan.console < 0)
                return error_set(err, E_INVALID_PARAMETER, "process.terminal: there is nobody to take the terminal");
        master = inroot_open(init->root, ptmx, O_RDWR | O_NOCTTY, err);
        if (master < 0)
                return error_wrap(err, "process.terminal: opening a pty (is devpts mounted on /dev/pts?)");
        init->terminal = open_slave(master, err);
        if (init->terminal < 0)
                return error_wrap(err, "process.terminal");

        if (box) {
                size.ws_row = (unsigned short)box->height;
                size.ws_col = (unsigned short)box->width;
                (void)ioctl(master, TIOCSWINSZ, &size);
        }
        if (fchown(init->terminal, init->process->user.uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL)
                return error_errno(err, "process.terminal: giving it to user %u", init->process->user.uid);
        if (!init->plan.join) {
                r = bind_console(init, err);
                if (r < 0)
                        return error_wrap(err, "process.terminal: /dev/console");
        }

        (void)ioctl(master, TIOCGPTN, &number);
        snprintf(name, sizeof(name), "/dev/pts/%u", number);
        r = io_send_fd(init->plan.console, master, name, err);
        if (r < 0)
                return error_wrap(err, "process.terminal: handing the pty over");
        close(init->plan.console);
        return 0;
}

/* Pipes are given to the user, so that /dev/stdout can be opened again; files and terminals of the host stay whose they are. */
static void give_pipes(uid_t uid)
{
        for (int fd = 0; fd < 3; fd++) {
                struct stat stream;

                if (fstat(fd, &stream) == 0 && S_ISFIFO(stream.st_mode) && stream.st_uid != uid)
                        (void)!fchown(fd, uid, (gid_t)-1);
        }
}

int console_adopt(const struct init *init, struct error *err)
{
        if (init->terminal < 0) {
                give_pipes(init->process->user.uid);
                return 0;
        }
        if (ioctl(init->terminal, TIOCSCTTY, 0) < 0)
                return error_errno(err, "process.terminal: making it the controlling terminal");
        for (int fd = 0; fd < 3; fd++)
                if (dup2(init->terminal, fd) < 0)
                        return error_errno(err, "process.terminal: making it descriptor %d", fd);
        return 0;
}
