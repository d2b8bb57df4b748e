/* The end of a process.  It is known once: reaped when it is our child, read from the pidfd where the kernel keeps the exit
 * status there (6.15 and later), otherwise only "it has ended". */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/local/engine.h"
#include "hcs/local/proc.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* PIDFD_GET_INFO (Linux 6.13, exit status since 6.15); not in the headers of older distributions. */
struct pidfd_answer {
        uint64_t mask, cgroupid;
        uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
        int32_t exit_code;
};
#define PIDFD_ASK           _IOWR(0xFF, 11, struct pidfd_answer)
#define PIDFD_ASK_EXIT      (1u << 3)

void local_exit_init(struct local_exit *exit, pid_t pid, uint64_t start_time, int pidfd)
{
        *exit = (struct local_exit){ .pid = pid, .start_time = start_time, .pidfd = pidfd, .status = -1, .wake = -1,
                                     .memory = CGROUP_MEMORY_WATCH_NONE };
        pthread_mutex_init(&exit->lock, NULL);
}

void local_exit_done(struct local_exit *exit)
{
        if (exit->watched) {
                uint64_t one = 1;

                (void)!write(exit->wake, &one, sizeof(one));
                if (pthread_equal(pthread_self(), exit->watcher))
                        pthread_detach(exit->watcher);
                else
                        pthread_join(exit->watcher, NULL);
        }
        if (exit->wake >= 0)
                close(exit->wake);
        if (exit->pidfd >= 0)
                close(exit->pidfd);
        exit->wake = exit->pidfd = -1;
        cgroup_memory_watch_done(&exit->memory);
        pthread_mutex_destroy(&exit->lock);
}

/* Takes the status of an ended process: by reaping our own child, else out of the pidfd. */
static int status_of(int pidfd)
{
        siginfo_t info = { 0 };
        struct pidfd_answer answer = { .mask = PIDFD_ASK_EXIT };

        while (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0) {
                if (errno == EINTR)
                        continue;
                if (ioctl(pidfd, PIDFD_ASK, &answer) == 0 && (answer.mask & PIDFD_ASK_EXIT))
                        return WIFSIGNALED(answer.exit_code) ? 128 + WTERMSIG(answer.exit_code)
                                                             : WEXITSTATUS(answer.exit_code);
                return -1;
        }
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

static void learn(struct local_exit *exit)
{
        pthread_mutex_lock(&exit->lock);
        if (!exit->known) {
                exit->status = exit->pidfd >= 0 ? status_of(exit->pidfd) : -1;
                exit->known = true;
        }
        pthread_mutex_unlock(&exit->lock);
}

static bool is_known(struct local_exit *exit)
{
        bool known;

        pthread_mutex_lock(&exit->lock);
        if (!exit->known && exit->pidfd < 0 && exit->pid > 0) {
                exit->pidfd = proc_open_pidfd(exit->pid, exit->start_time);
                if (exit->pidfd < 0)
                        exit->known = true;
        }
        known = exit->known;
        pthread_mutex_unlock(&exit->lock);
        return known;
}

int local_exit_wait(struct local_exit *exit, DWORD timeout_ms, struct error *err)
{
        struct pollfd wait = { .events = POLLIN };
        int ready;

        if (is_known(exit))
                return 0;

        wait.fd = exit->pidfd;
        do {
                ready = poll(&wait, 1, timeout_ms == INFINITE ? -1 : (int)timeout_ms);
        } while (ready < 0 && errno == EINTR);
        if (ready < 0)
                return error_errno(err, "waiting for process %d", (int)exit->pid);
        if (ready == 0)
                return LOCAL_TIME_OVER;

        learn(exit);
        return 0;
}

static void tell_memory(struct local_exit *exit)
{
        HCS_EVENT out_of_memory = { .Type = HCS_EVENT_OUT_OF_MEMORY };
        uint64_t times = exit->memory.fd >= 0 ? cgroup_memory_watch_take(&exit->memory) : 0;

        while (times-- > 0)
                exit->callback(&out_of_memory, (void *)(uintptr_t)exit->context);
}

/* First what ran out, then who died of it. */
static void *watch(void *argument)
{
        struct local_exit *exit = argument;
        struct pollfd all[3] = { { .fd = exit->pidfd, .events = POLLIN }, { .fd = exit->wake, .events = POLLIN },
                                 { .fd = exit->memory.fd, .events = POLLIN } };
        HCS_EVENT ended = { .Type = exit->event };

        while (exit->pidfd >= 0 && !all[0].revents) {
                if (poll(all, 3, -1) < 0 && errno != EINTR)
                        break;
                if (all[1].revents)
                        return NULL;
                if (all[0].revents || all[2].revents)
                        tell_memory(exit);
        }
        /* Nothing is reaped here: whoever asks for the status, maybe by another handle, would find it gone. */
        exit->callback(&ended, (void *)(uintptr_t)exit->context);
        return NULL;
}

int local_exit_watch(struct local_exit *exit, struct cgroup_memory_watch *memory, HCS_EVENT_TYPE event, HCS_EVENT_CALLBACK callback,
                     const void *context, struct error *err)
{
        int r;

        if (exit->watched) {
                if (memory)
                        cgroup_memory_watch_done(memory);
                return error_set(err, E_ALREADY_EXISTS, "a callback is set on this handle already");
        }
        if (memory)
                exit->memory = *memory;
        (void)is_known(exit);
        exit->wake = eventfd(0, EFD_CLOEXEC);
        if (exit->wake < 0)
                return error_errno(err, "making an event descriptor");
        exit->callback = callback;
        exit->context = context;
        exit->event = event;
        /* Before the thread begins: it may call back, and be asked to end, at once.  Its own number is not touched after. */
        exit->watched = true;
        r = pthread_create(&exit->watcher, NULL, watch, exit);
        if (r != 0) {
                exit->watched = false;
                return error_errnum(err, r, "starting a watcher thread");
        }
        return 0;
}
