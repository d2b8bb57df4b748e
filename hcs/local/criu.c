#include "hcs/local/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"

#define SILENCE_MS (10 * 60 * 1000)     /* how long it may work without a word: memory is written to disk meanwhile */
#define ANSWER_MAX (64u << 10)
#define LOG_MAX (64u << 20)

/* --- the program -------------------------------------------------------------------------------------------------------- */

/* Callers such as podman give no PATH, and few PATHs of users have sbin. */
int criu_find(struct arena *arena, const char **ret_program, struct error *err)
{
        static const char usual[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        const char *const lists[] = { getenv("PATH"), usual };

        for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
                for (const char *at = lists[i]; at && *at; at += strcspn(at, ":"), at += *at == ':') {
                        char *path = *at == '/' ? arena_printf(arena, "%.*s/criu", (int)strcspn(at, ":"), at) : NULL;

                        if (path && access(path, X_OK) == 0) {
                                *ret_program = path;
                                return 0;
                        }
                }
        }
        return error_set(err, E_NOT_SUPPORTED, "criu, which saves and restores processes, is not installed (apt-get install criu)");
}

/* --- the process -------------------------------------------------------------------------------------------------------- */

/* What failed on its way, with errno; or the descriptor through which CRIU hears, and this. */
struct birth { int failure; char step[40]; };

/* In the child, like all down to become_criu(): system calls only.  In a mount namespace of its own, so that nothing of it is seen
 * outside, or stays. */
static bool mount_root(const struct criu_launch *launch, const char **step)
{
        *step = "leaving the mount namespace";
        if (!launch->root)
                return true;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return false;
        *step = "mounting the root";
        if (mount(launch->root, launch->place, NULL, MS_BIND | MS_REC, NULL) < 0 ||
            mount(NULL, launch->place, NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return false;
        return !launch->readonly || mount(NULL, launch->place, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0;
}

/* CRIU mounts below these, so they must be of its own mount namespace. */
static bool open_directory(const char *path, int *ret)
{
        int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : 0;

        if (fd < 0)
                return false;
        if (path)
                *ret = fcntl(fd, F_DUPFD_CLOEXEC, CRIU_FIRST_FD + CRIU_FDS_MAX);
        return *ret >= 0;
}

/* CRIU looks for directories among the descriptors of whoever made its socket: that is itself. */
static bool make_socket(int *fds, int *ret_there, const char **step)
{
        int sockets[2];

        *step = "making the socket to criu";
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
                return false;
        fds[CRIU_SOCKET] = fcntl(sockets[0], F_DUPFD_CLOEXEC, CRIU_FIRST_FD + CRIU_FDS_MAX);
        *ret_there = sockets[1];
        return fds[CRIU_SOCKET] >= 0;
}

/* Each is above all targets, so nothing is overwritten that is still to come. */
static bool place_descriptors(const int *fds, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (dup3(fds[i], (int)i, 0) < 0)
                        return false;
        return sys_close_range((unsigned)count, ~0u, CLOSE_RANGE_CLOEXEC) == 0;
}

static void report(int control, int there, int failure, const char *step)
{
        struct birth birth = { .failure = failure };
        union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } room = { 0 };
        struct iovec whole = { &birth, sizeof(birth) };
        struct msghdr message = { .msg_iov = &whole, .msg_iovlen = 1 };

        strncpy(birth.step, step, sizeof(birth.step) - 1);
        if (there >= 0) {
                struct cmsghdr *part = &room.align;

                part->cmsg_level = SOL_SOCKET;
                part->cmsg_type = SCM_RIGHTS;
                part->cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(part), &there, sizeof(int));
                message.msg_control = room.bytes;
                message.msg_controllen = sizeof(room.bytes);
        }
        (void)!sendmsg(control, &message, MSG_NOSIGNAL);
}

static _Noreturn void become_criu(const char *program, const struct criu_launch *launch, int *fds, size_t count, int control)
{
        const char *const args[] = { "criu", "swrk", "3", NULL };
        const char *const environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL };
        const char *step = "waiting";
        sigset_t none;
        int there = -1;
        char go;

        sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        for (int i = 1; i < SIGRTMIN; i++)
                (void)signal(i, SIG_DFL);
        if (recv(control, &go, 1, 0) != 1)
                _exit(127);
        if (!mount_root(launch, &step) || (step = launch->image, !open_directory(launch->image, &fds[CRIU_IMAGE])) ||
            (step = launch->work, !open_directory(launch->work, &fds[CRIU_WORK])) || !make_socket(fds, &there, &step)) {
                report(control, -1, errno, step);
                _exit(127);
        }
        report(control, there, 0, "");
        if (place_descriptors(fds, count))
                execve(program, (char *const *)(uintptr_t)args, (char *const *)(uintptr_t)environment);
        _exit(127);
}

struct fds { int items[CRIU_FIRST_FD + CRIU_FDS_MAX]; size_t count; };

static void fds_done(struct fds *fds)
{
        for (size_t i = 0; i < fds->count; i++)
                io_closep(&fds->items[i]);
}

static int fds_add(struct fds *fds, int fd, struct error *err)
{
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, CRIU_FIRST_FD + CRIU_FDS_MAX);

        if (copy < 0)
                return error_errno(err, "copying descriptor %d for criu", fd);
        fds->items[fds->count++] = copy;
        return 0;
}

int criu_launch(struct criu *criu, const char *program, const struct criu_launch *launch, struct error *err)
{
        _cleanup_(fds_done) struct fds fds = { .count = 0 };
        _cleanup_(io_closep) int null = open("/dev/null", O_RDWR | O_CLOEXEC), here = -1, there = -1;
        int sockets[2], r = 0;

        if (null < 0)
                return error_errno(err, "opening /dev/null");
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
                return error_errno(err, "making the socket to criu");
        here = sockets[0];
        there = sockets[1];
        for (int i = 0; r >= 0 && i < CRIU_FIRST_FD; i++)      /* the last three are replaced in the child */
                r = fds_add(&fds, i < 3 && launch->streams[i] >= 0 ? launch->streams[i] : null, err);
        for (size_t i = 0; r >= 0 && i < launch->more_count; i++)
                r = fds_add(&fds, launch->more[i], err);
        if (r < 0)
                return r;

        criu->pid = fork();
        if (criu->pid == 0)
                become_criu(program, launch, fds.items, fds.count, there);
        if (criu->pid < 0)
                return error_errno(err, "starting %s", program);
        criu->socket = take_fd(here);
        return 0;
}

static int send_whole(const struct criu *criu, const void *bytes, size_t length, struct error *err)
{
        ssize_t n;

        do {
                n = send(criu->socket, bytes, length, MSG_NOSIGNAL);
        } while (n < 0 && errno == EINTR);
        return n < 0 ? error_errno(err, "telling criu") : 0;
}

/* The first descriptor of a message that was received, or -1. */
static int descriptor_of(struct msghdr *message)
{
        int fd = -1;

        for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part))
                if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS)
                        memcpy(&fd, CMSG_DATA(part), sizeof(int));
        return fd;
}

static int take_socket(struct criu *criu, struct error *err)
{
        union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } room;
        struct birth birth = { 0 };
        struct iovec whole = { &birth, sizeof(birth) };
        struct msghdr message = { .msg_iov = &whole, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof(room) };
        ssize_t n;
        int fd;

        do {
                n = recvmsg(criu->socket, &message, MSG_CMSG_CLOEXEC);
        } while (n < 0 && errno == EINTR);
        if (n != (ssize_t)sizeof(birth))
                return error_set(err, E_UNEXPECTED_FAILURE, "criu ended before it was told anything");
        if (birth.failure)
                return error_errnum(err, birth.failure, "starting criu: %.*s", (int)sizeof(birth.step), birth.step);
        fd = descriptor_of(&message);
        if (fd < 0)
                return error_set(err, E_UNEXPECTED_FAILURE, "criu has no socket");
        close(criu->socket);
        criu->socket = fd;
        return 0;
}

int criu_begin(struct criu *criu, const struct text *request, struct error *err)
{
        int r = text_check(request, err);

        if (r >= 0)
                r = send_whole(criu, "", 1, err);
        if (r >= 0)
                r = take_socket(criu, err);
        return r < 0 ? r : send_whole(criu, request->data, request->length, err);
}

void criu_end(struct criu *criu)
{
        if (criu->socket < 0)
                return;
        close(criu->socket);
        criu->socket = -1;
        while (waitpid(criu->pid, NULL, 0) < 0 && errno == EINTR)
                ;
}

/* --- the conversation --------------------------------------------------------------------------------------------------- */

static int say_why_gone(struct criu *criu, struct error *err)
{
        int status = 0;

        while (waitpid(criu->pid, &status, 0) < 0 && errno == EINTR)
                ;
        close(criu->socket);
        criu->socket = -1;
        if (WIFSIGNALED(status))
                return error_set(err, E_UNEXPECTED_FAILURE, "criu was killed by signal %d", WTERMSIG(status));
        return error_set(err, E_UNEXPECTED_FAILURE, "criu ended with status %d and without an answer (does `criu check` find this kernel "
                         "good?)", WEXITSTATUS(status));
}

/* One message, and at most one descriptor with it. */
static int receive(struct criu *criu, struct criu_answer *ret, int *ret_fd, struct error *err)
{
        union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof(int))]; } control;
        struct pollfd wait = { .fd = criu->socket, .events = POLLIN };
        _cleanup_(free_charp) char *bytes = malloc(ANSWER_MAX);
        struct iovec whole = { bytes, ANSWER_MAX };
        struct msghdr message = { .msg_iov = &whole, .msg_iovlen = 1, .msg_control = control.bytes,
                                  .msg_controllen = sizeof(control) };
        ssize_t n;
        int ready;

        if (!bytes)
                return error_memory(err);
        do {
                ready = poll(&wait, 1, SILENCE_MS);
        } while (ready < 0 && errno == EINTR);
        if (ready == 0) {
                (void)kill(criu->pid, SIGKILL);
                return error_set(err, E_TIMED_OUT, "criu has said nothing for %d minutes", SILENCE_MS / 60000);
        }
        n = ready < 0 ? -1 : recvmsg(criu->socket, &message, MSG_CMSG_CLOEXEC);
        if (n < 0 && errno != ECONNRESET)
                return error_errno(err, "hearing criu");
        if (n <= 0)
                return say_why_gone(criu, err);
        *ret_fd = descriptor_of(&message);
        return criu_answer_read(bytes, (size_t)n, ret, err);
}

static int answer(struct criu *criu, criu_step step, void *context, const struct criu_answer *said, int fd, struct error *err)
{
        _cleanup_(text_done) struct text reply = { 0 };
        struct error gone = { 0 };
        int r = step ? step(context, said, fd, err) : 0, sent;

        criu_notified_write(&reply, r >= 0);
        if (reply.failed)
                return error_memory(err);
        sent = send_whole(criu, reply.data, reply.length, r < 0 ? &gone : err);
        return r < 0 ? r : sent;
}

static int say_refusal(const struct criu_answer *answer, struct error *err)
{
        if (answer->error_number)
                return error_errnum(err, answer->error_number, "criu failed");
        return error_set(err, E_UNEXPECTED_FAILURE, "criu failed");
}

int criu_hear(struct criu *criu, criu_step step, void *context, struct criu_answer *ret, struct error *err)
{
        for (;;) {
                _cleanup_(io_closep) int fd = -1;
                int r = receive(criu, ret, &fd, err);

                if (r < 0)
                        return r;
                if (ret->type != CRIU_NOTIFY)
                        return ret->success ? 0 : say_refusal(ret, err);
                r = answer(criu, step, context, ret, fd, err);
                if (r < 0)
                        return r;
        }
}

/* --- its log -------------------------------------------------------------------------------------------------------------- */

#define LINES_MAX 3

/* "(00.123456) 42: Error (criu/files.c:12): what went wrong".  There are some also when all is well: the last ones tell most. */
static const char *last_lines(const char *log)
{
        const char *found[LINES_MAX] = { NULL };

        for (const char *at = strstr(log, "Error ("); at; at = strstr(at + 1, "Error (")) {
                memmove(found, found + 1, (LINES_MAX - 1) * sizeof(*found));
                found[LINES_MAX - 1] = at;
        }
        for (size_t i = 0; i < LINES_MAX; i++)
                if (found[i])
                        return found[i];
        return NULL;
}

void criu_add_log(const char *directory, const char *log, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 }, lines = { 0 };
        _cleanup_(io_closep) int top = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct error first = *err, ignored = { 0 };
        const char *at;

        if (top < 0 || io_read_file_at(top, log, LOG_MAX, &text, &ignored) < 0 || !text.data)
                return;
        for (at = last_lines(text.data); at; at = strstr(at + 1, "Error ("))
                text_addf(&lines, "; %.*s", (int)(strcspn(at, "\n") < 300 ? strcspn(at, "\n") : 300), at);
        if (!lines.failed)
                (void)error_set(err, first.code, "%.600s%s (its log: %.300s/%s)", first.text, lines.data ? lines.data : "", directory, log);
}
