#include "hcs/local/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/capability.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "hcs/local/birth.h"
#include "hcs/local/control.h"

#define INIT_NAME "hcs-sandbox-init"

/* --- the program ------------------------------------------------------------------------------------------------------ */

static int open_init_file(const char *program, struct error *err)
{
        char path[SYSTEM_COMPANION_MAX];
        int fd = -1;

        if (program) {
                fd = open(program, O_RDONLY | O_CLOEXEC);
                return fd < 0 ? error_errno(err, "opening %s", program) : fd;
        }
        for (int nth = 0; fd < 0 && system_companion(INIT_NAME, nth, path); nth++)
                fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? error_errno(err, "opening %s (is the package installed whole?)", path) : fd;
}

/* A read-only view of the file that nobody can make writable, since no mount namespace has it. */
static int detached_clone(int file)
{
        struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
        int fd = sys_open_tree(file, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

        if (fd < 0)
                return -1;
        if (sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attributes) < 0) {
                close(fd);
                return -1;
        }
        return fd;
}

static int sealed_copy(int file, struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        struct stat size;
        off_t at = 0;

        if (fstat(file, &size) < 0)
                return error_errno(err, "looking at " INIT_NAME);
        fd = memfd_create(INIT_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0)
                return error_errno(err, "making a copy of " INIT_NAME);
        while (at < size.st_size)
                if (sendfile(fd, file, &at, (size_t)(size.st_size - at)) <= 0)
                        return error_errno(err, "copying " INIT_NAME);
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return error_errno(err, "sealing the copy of " INIT_NAME);
        return take_fd(fd);
}

static int open_init(const char *program, struct error *err)
{
        _cleanup_(io_closep) int file = -1;
        int fd;

        file = open_init_file(program, err);
        if (file < 0)
                return file;
        fd = geteuid() == 0 ? detached_clone(file) : -1;
        return fd >= 0 ? fd : sealed_copy(file, err);
}

/* --- descriptors ------------------------------------------------------------------------------------------------------ */

#define FDS_MAX 8                       /* of our own, beside the program's */

/* The way from descriptor `from` here to `to` there. */
struct way { int from, to; };

struct ways {
        struct way *items;
        size_t count, size;
        int next;                       /* the next free number in the child, behind the program's own */
};

static void ways_done(struct ways *ways)
{
        for (size_t i = 0; i < ways->count; i++)
                if (ways->items[i].from >= 0)
                        close(ways->items[i].from);
        free(ways->items);
}

/* Every descriptor is first copied above all targets, so that no copy in the child overwrites one that is still to come. */
static int ways_add(struct ways *ways, int fd, int to, int above, struct error *err)
{
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, above);

        if (copy < 0)
                return error_errno(err, "copying descriptor %d", fd);
        ways->items[ways->count++] = (struct way){ .from = copy, .to = to };
        return 0;
}

static int place(struct ways *ways, int fd, int above, int32_t *ret_number, struct error *err)
{
        if (fd < 0) {
                *ret_number = -1;
                return 0;
        }
        *ret_number = ways->next++;
        return ways_add(ways, fd, *ret_number, above, err);
}

static int place_program_descriptors(struct ways *ways, const struct local_descriptors *descriptors, int above,
                                     struct error *err)
{
        _cleanup_(io_closep) int null = -1;
        int r;

        for (int i = 0; i < LOCAL_STREAM_COUNT; i++) {
                int fd = descriptors->streams[i];

                if (fd < 0 && null < 0) {
                        null = open("/dev/null", O_RDWR | O_CLOEXEC);
                        if (null < 0)
                                return error_errno(err, "opening /dev/null");
                }
                r = ways_add(ways, fd < 0 ? null : fd, i, above, err);
                if (r < 0)
                        return r;
        }
        for (uint32_t i = 0; i < descriptors->handle_count; i++) {
                if (descriptors->handles[i] < 0)
                        return error_set(err, E_INVALID_PARAMETER, "descriptor %u for the program is missing", 3 + i);
                r = ways_add(ways, descriptors->handles[i], (int)(3 + i), above, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The program that is run must not lie where something is going to be placed either: another thread may have left a gap there. */
static int lift(int *fd, int above, struct error *err)
{
        int copy;

        if (*fd >= above)
                return 0;
        copy = fcntl(*fd, F_DUPFD_CLOEXEC, above);
        if (copy < 0)
                return error_errno(err, "copying descriptor %d", *fd);
        close(*fd);
        *fd = copy;
        return 0;
}

static int place_all(struct ways *ways, struct spawn *spawn, int control, int *init, struct error *err)
{
        const struct local_descriptors *descriptors = spawn->descriptors;
        int above = (int)(3 + descriptors->handle_count + FDS_MAX + 1);
        int r;

        ways->size = 3 + descriptors->handle_count + FDS_MAX;
        ways->items = calloc(ways->size, sizeof(*ways->items));
        if (!ways->items)
                return error_memory(err);
        ways->next = (int)(3 + descriptors->handle_count);

        r = lift(init, above, err);
        if (r >= 0)
                r = place_program_descriptors(ways, descriptors, above, err);
        if (r >= 0)
                r = place(ways, control, above, &spawn->plan.control, err);
        if (r >= 0)
                r = place(ways, spawn->document, above, &spawn->plan.document, err);
        if (r >= 0)
                r = place(ways, spawn->listen, above, &spawn->plan.listen, err);
        if (r >= 0)
                r = place(ways, descriptors->console, above, &spawn->plan.console, err);
        if (r >= 0)
                r = place(ways, spawn->target, above, &spawn->plan.target, err);
        if (r >= 0)
                r = place(ways, spawn->filter, above, &spawn->plan.filter, err);
        if (r < 0)
                return r;
        spawn->plan.handles = descriptors->handle_count;
        return 0;
}

/* --- birth ------------------------------------------------------------------------------------------------------------ */

/* A user namespace of our own gives every capability, but the execve of somebody who is not its uid 0 would take them away:
 * ambient ones stay. */
static void keep_capabilities(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];

        if (syscall(SYS_capget, &header, data) < 0)
                return;
        data[0].inheritable = data[0].permitted;
        data[1].inheritable = data[1].permitted;
        (void)syscall(SYS_capset, &header, data);
        for (unsigned long c = 0; c < 64; c++)
                (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0);
}

struct child {
        const struct ways *ways;
        int init;
        int control, placed;            /* the socket, before the descriptors are in their places and after */
        bool wait;                      /* for the maps of its user namespace */
        const char *plan;
};

/* By hand, as another thread of the caller's may hold whatever lock there is in the C library, and will not give it back here. */
static _Noreturn void end_stillborn(int control, int errnum)
{
        const char words[] = { CONTROL_STILLBORN, (char)('0' + errnum / 1000 % 10), (char)('0' + errnum / 100 % 10),
                               (char)('0' + errnum / 10 % 10), (char)('0' + errnum % 10) };

        (void)!send(control, words, sizeof(words), MSG_NOSIGNAL);
        _exit(127);
}

/* Runs in the child: system calls only.  Ends in the init, or with exit status 127 and the reason on the control socket. */
static void become_init(void *context)
{
        const struct child *child = context;
        const char *const args[] = { INIT_NAME, child->plan, NULL };
        const char *const environment[] = { NULL };
        char go;

        if (child->wait) {
                if (recv(child->control, &go, 1, 0) != 1 || go != CONTROL_GO)
                        _exit(127);
                keep_capabilities();
        }
        for (size_t i = 0; i < child->ways->count; i++)
                if (dup3(child->ways->items[i].from, child->ways->items[i].to, 0) < 0)
                        _exit(127);
        sys_execveat(child->init, args, environment);
        end_stillborn(child->placed, errno);
}

static void end_at_once(void *context)
{
        (void)context;
        _exit(0);
}

/* The kernel doesn't say of which kind there are too many, user_namespaces(7): of the first that can't be made alone either. */
static int tell_full(uint64_t namespaces, struct error *err)
{
        static const struct { uint64_t flag; const char *name, *setting; } kinds[] = {
                { CLONE_NEWUSER, "user", "user" }, { CLONE_NEWPID, "pid", "pid" }, { CLONE_NEWNET, "network", "net" },
                { CLONE_NEWNS, "mount", "mnt" }, { CLONE_NEWIPC, "ipc", "ipc" }, { CLONE_NEWUTS, "uts", "uts" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
                struct clone_args args = { .flags = kinds[i].flag, .exit_signal = SIGCHLD };
                pid_t pid = kinds[i].flag & namespaces ? birth_and_wait(&args, end_at_once, NULL) : 0;

                if (pid > 0)
                        (void)waitpid(pid, NULL, 0);
                else if (pid < 0 && errno == ENOSPC)
                        return error_errno(err, "making the %s namespace" SPAWN_LIMIT, kinds[i].name, kinds[i].setting);
        }
        return error_errnum(err, ENOSPC, "making a process in new namespaces" SPAWN_LIMIT, "*");
}

/* What the kernel says of the group that a process was to be born in; it says nothing else of these. */
static const char *why_not_born(const struct spawn *spawn)
{
        if (errno == EPERM && geteuid() != 0)
                return " (without root a bundle needs a user namespace: spec --rootless writes one)";
        if (spawn->group >= 0 && errno == EBUSY)
                return " in a cgroup that gives controllers to those below it, and then cgroup v2 lets it have no process of its own: "
                       "name one of those (exec --cgroup)";
        if (spawn->group >= 0 && errno == EOPNOTSUPP)
                return " in a cgroup that takes none (its cgroup.type is not \"domain\": there are threads or processes in a cgroup "
                       "above it that has controllers on; move them into a group of their own)";
        return "";
}

static int give_birth(struct spawn *spawn, const struct ways *ways, int init, const char *plan,
                      struct spawned *ret, struct error *err)
{
        struct child child = { .ways = ways, .init = init, .control = spawn->control[1], .placed = spawn->plan.control,
                               .wait = (spawn->namespaces & CLONE_NEWUSER) != 0, .plan = plan };
        int pidfd = -1;
        struct clone_args args = {
                .flags = spawn->namespaces | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD,
        };
        int r;

        if (spawn->group >= 0) {
                args.flags |= CLONE_INTO_CGROUP;
                args.cgroup = (uint64_t)spawn->group;
        }
        ret->pid = child.wait || spawn->busy ? birth_fork(&args, become_init, &child) : birth_and_wait(&args, become_init, &child);
        if (ret->pid < 0)
                return errno == ENOSPC ? tell_full(spawn->namespaces, err)
                                       : error_errno(err, "making a process in new namespaces%s", why_not_born(spawn));
        ret->pidfd = pidfd;

        if (child.wait) {
                r = spawn->map(ret->pid, spawn->map_context, err);
                if (r >= 0)
                        r = control_send(spawn->control[0], CONTROL_GO, NULL, err);
                if (r < 0) {
                        (void)kill(ret->pid, SIGKILL);
                        (void)waitpid(ret->pid, NULL, 0);
                        close(take_fd(ret->pidfd));
                        return r;
                }
        }
        return 0;
}

int spawn_open(struct spawn *spawn, struct error *err)
{
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, spawn->control) < 0)
                return error_errno(err, "making the control socket");
        return 0;
}

void spawn_done(struct spawn *spawn)
{
        io_closep(&spawn->control[0]);
        io_closep(&spawn->control[1]);
}

int spawn_init(struct spawn *spawn, struct spawned *ret, struct error *err)
{
        _cleanup_(text_done) struct text plan = { 0 };
        _cleanup_(ways_done) struct ways ways = { 0 };
        _cleanup_(io_closep) int init = -1;
        int r;

        init = open_init(spawn->program, err);
        if (init < 0)
                return init;
        spawn->plan.version = PACKAGE_VERSION;
        r = place_all(&ways, spawn, spawn->control[1], &init, err);
        if (r < 0)
                return r;
        json_write(&plan, plan_fields, &spawn->plan);
        r = text_check(&plan, err);
        if (r < 0)
                return r;

        r = give_birth(spawn, &ways, init, plan.data, ret, err);
        if (r < 0)
                return r;
        ret->control = take_fd(spawn->control[0]);
        io_closep(&spawn->control[1]);
        spawn->control[1] = -1;
        ret->program = take_fd(init);
        return 0;
}
