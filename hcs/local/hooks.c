#include "hcs/local/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/schema/state.h"

void hook_state_write(const struct hook_state *state, struct text *out)
{
        struct doc_state object = {
                .oci_version = state->spec->oci_version, .id = state->id, .status = state->status,
                .pid = (uint32_t)state->pid, .bundle = state->bundle, .annotations = state->spec->annotations,
        };

        json_write(out, doc_state_fields, &object);
}

/* The state as a file that a hook reads or leaves alone: a pipe could block us or raise SIGPIPE. */
static int state_file(const struct hook_state *state, int *ret_fd, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int fd = -1;
        int r;

        hook_state_write(state, &text);
        r = text_check(&text, err);
        if (r < 0)
                return r;

        fd = memfd_create("state", MFD_CLOEXEC);
        if (fd < 0)
                return error_errno(err, "making the hook's standard input");
        r = io_write_all(fd, text.data, text.length, "the hook's standard input", err);
        if (r < 0)
                return r;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return error_errno(err, "rewinding the hook's standard input");
        *ret_fd = take_fd(fd);
        return 0;
}

/* A NULL-terminated copy of the pointers. */
static char **vector(const struct strings *strings, const char *first)
{
        char **list = calloc(strings->count + 2, sizeof(*list));

        if (!list)
                return NULL;
        for (size_t i = 0; i < strings->count; i++)
                list[i] = (char *)(uintptr_t)strings->items[i];
        if (strings->count == 0 && first)
                list[0] = (char *)(uintptr_t)first;
        return list;
}

static void free_vector(char ***list) { free(*list); }

/* A hook in the sandbox runs below its seccomp filter, and a profile that is older than a call refuses it with one of these. */
static bool is_unknown_call(int errnum)
{
        return errnum == EPERM || errnum == ENOSYS;
}

static int close_on_exec(void)
{
        struct rlimit limit;

        if (sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
                return 0;
        if (!is_unknown_call(errno) || getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return -1;
        for (int fd = 3; (rlim_t)fd < limit.rlim_max && fd < 1 << 20; fd++)
                (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        return 0;
}

/* Runs in the child: system calls only.  Ends in the hook, or with errno on `report`. */
static _Noreturn void become_hook(const struct spec_hook *hook, char **args, char **env, int input, const char *cwd, int report)
{
        struct sigaction standard = { .sa_handler = SIG_DFL };
        sigset_t none;

        for (int i = 1; i < NSIG; i++)
                (void)sigaction(i, &standard, NULL);
        sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        if (setpgid(0, 0) == 0 && (input == 0 ? fcntl(0, F_SETFD, 0) : dup2(input, 0)) == 0 &&
            close_on_exec() == 0 && chdir(cwd) == 0)
                execve(hook->path, args, env);
        (void)!write(report, &errno, sizeof(errno));
        _exit(127);
}

static int spawn(const struct spec_hook *hook, int input, const char *cwd, pid_t *ret, struct error *err)
{
        _cleanup_(free_vector) char **args = vector(&hook->args, hook->path);
        _cleanup_(free_vector) char **env = vector(&hook->env, NULL);
        _cleanup_(io_closep) int hear = -1;
        int ends[2], reason;
        ssize_t n;

        if (!args || !env)
                return error_memory(err);
        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_errno(err, "making a pipe");
        hear = ends[0];
        *ret = fork();
        if (*ret == 0)
                become_hook(hook, args, env, input, cwd, ends[1]);
        close(ends[1]);
        if (*ret < 0)
                return error_errno(err, "making its process");

        do {
                n = read(hear, &reason, sizeof(reason));
        } while (n < 0 && errno == EINTR);
        if (n == 0)
                return 0;                       /* the pipe ended with the execve */
        while (waitpid(*ret, NULL, 0) < 0 && errno == EINTR)
                ;
        if (n == sizeof(reason) && reason == ENOENT)    /* not in the words that clients take for the program's */
                return error_set(err, E_FILE_NOT_FOUND, "it, or the interpreter in its first line, is not there");
        return n == sizeof(reason) ? error_errnum(err, reason, "running it")
                                   : error_set(err, E_UNEXPECTED_FAILURE, "running it: its process gives no word");
}

/* Waits without a descriptor.  1: it has ended; 0: not in time. */
static int watch_by_looking(pid_t pid, int timeout_ms)
{
        const struct timespec nap = { .tv_nsec = 10000000 };

        for (; timeout_ms > 0; timeout_ms -= 10) {
                siginfo_t info = { .si_pid = 0 };

                if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) < 0 || info.si_pid == pid)
                        return 1;
                (void)nanosleep(&nap, NULL);
        }
        return 0;
}

/* The same with one, where there is one to be had: nobody may be left unwatched for lack of it. */
static int watch(pid_t pid, int timeout_s)
{
        const int timeout_ms = timeout_s > 2000000 ? -1 : timeout_s * 1000;
        _cleanup_(io_closep) int pidfd = sys_pidfd_open(pid);
        struct pollfd wait = { .fd = pidfd, .events = POLLIN };
        int ready;

        if (pidfd < 0)
                return timeout_ms < 0 ? 1 : watch_by_looking(pid, timeout_ms);
        do {
                ready = poll(&wait, 1, timeout_ms);
        } while (ready < 0 && errno == EINTR);
        return ready != 0;
}

/* Waits, at most the hook's time; a hook that is late is killed with its group. */
static int reap(pid_t pid, const struct spec_hook *hook, struct error *err)
{
        int status, ready = 1;

        if (hook->timeout) {
                ready = watch(pid, *hook->timeout);
                if (ready == 0)
                        kill(-pid, SIGKILL);
        }

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, "waiting for it");
        if (ready == 0)
                return error_set(err, E_TIMED_OUT, "not done after its timeout of %d s, killed", (int)*hook->timeout);
        if (WIFSIGNALED(status))
                return error_set(err, E_UNEXPECTED_FAILURE, "killed by signal %d", WTERMSIG(status));
        if (WEXITSTATUS(status) != 0)
                return error_set(err, E_UNEXPECTED_FAILURE, "exit status %d", WEXITSTATUS(status));
        return 0;
}

static int run_one(const struct spec_hook *hook, const struct hook_state *state, struct error *err)
{
        _cleanup_(io_closep) int input = -1;
        pid_t pid = 0;
        int r;

        r = state_file(state, &input, err);
        if (r < 0)
                return r;
        r = spawn(hook, input, state->cwd, &pid, err);
        if (r < 0)
                return r;
        return reap(pid, hook, err);
}

int hooks_run(const spec_hook_list *hooks, const char *kind, const struct hook_state *state, struct error *err)
{
        for (size_t i = 0; i < hooks->count; i++)
                if (run_one(&hooks->items[i], state, err) < 0)
                        return error_wrap(err, "%s hook %zu, %s", kind, i + 1, hooks->items[i].path);
        return 0;
}

int hooks_run_all(const spec_hook_list *hooks, const char *kind, const struct hook_state *state, struct error *err)
{
        struct error failure = { 0 };
        int result = 0;

        for (size_t i = 0; i < hooks->count; i++)
                if (run_one(&hooks->items[i], state, &failure) < 0 && result == 0) {
                        *err = failure;
                        result = error_wrap(err, "%s hook %zu, %s", kind, i + 1, hooks->items[i].path);
                }
        return result;
}
