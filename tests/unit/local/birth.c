/* Children that are to become another program: of their maker's memory, and of a copy. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/local/birth.h"

struct life {
        int status;
        const char *program;
        volatile int left;              /* by the child, for whoever shares its memory */
        volatile bool blocked;          /* was every signal? */
};

static void live(void *context)
{
        struct life *life = context;
        sigset_t mask;

        (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
        life->blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGUSR1) == 1;
        life->left = (int)getppid();
        if (life->program)
                (void)execl(life->program, life->program, "-c", "exit 7", (char *)NULL);
        _exit(life->status);
}

static int status_of(pid_t pid)
{
        int status = 0;

        cr_assert(eq(int, waitpid(pid, &status, 0), pid));
        cr_assert(eq(int, WIFEXITED(status), 1));
        return WEXITSTATUS(status);
}

static struct clone_args plain(void) { return (struct clone_args){ .exit_signal = SIGCHLD }; }

static void setup(void)
{
        struct clone_args nonsense = { .flags = CLONE_NEWNS | CLONE_FS };       /* never together, clone(2) */

        if (syscall(SYS_clone3, &nonsense, sizeof(nonsense)) < 0 && errno == ENOSYS)
                cr_skip_test("needs clone3, which this kernel (or valgrind) does not know");
}
TestSuite(birth, .init = setup);

Test(birth, of_our_memory_is_waited_for)
{
        struct clone_args args = plain();
        struct life life = { .status = 5 };
        pid_t pid = birth_and_wait(&args, live, &life);

        cr_assert(gt(int, pid, 0), "%s", strerror(errno));
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_ADDRESS__)
        cr_expect(eq(int, life.left, (int)getpid()), "what it wrote is here when we go on");
        cr_expect(life.blocked);
#endif
        cr_expect(eq(int, status_of(pid), 5));
}

Test(birth, of_a_copy_leaves_our_memory_alone)
{
        struct clone_args args = plain();
        struct life life = { .status = 6 };
        pid_t pid = birth_fork(&args, live, &life);

        cr_assert(gt(int, pid, 0), "%s", strerror(errno));
        cr_expect(eq(int, status_of(pid), 6));
        cr_expect(eq(int, life.left, 0));
}

Test(birth, becomes_another_program)
{
        struct clone_args args = plain();
        struct life life = { .status = 1, .program = "/bin/sh" };
        pid_t pid = birth_and_wait(&args, live, &life);

        cr_assert(gt(int, pid, 0), "%s", strerror(errno));
        cr_expect(eq(int, status_of(pid), 7));
}

Test(birth, has_the_pidfd_and_the_mask_that_were_there)
{
        int pidfd = -1;
        struct clone_args args = { .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD };
        struct life life = { 0 };
        sigset_t before, after;
        pid_t pid;

        sigemptyset(&before);
        sigaddset(&before, SIGUSR2);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        pid = birth_and_wait(&args, live, &life);
        cr_assert(gt(int, pid, 0), "%s", strerror(errno));
        (void)pthread_sigmask(SIG_SETMASK, NULL, &after);
        cr_expect(eq(int, sigismember(&after, SIGUSR2), 1));
        cr_expect(eq(int, sigismember(&after, SIGTERM), 0));
        cr_expect(ge(int, pidfd, 0));
        close(pidfd);
        (void)status_of(pid);
}

Test(birth, that_the_kernel_refuses_is_an_error)
{
        struct clone_args args = plain();
        struct life life = { 0 };

        args.flags = CLONE_NEWNS | CLONE_FS;
        cr_expect(eq(int, birth_and_wait(&args, live, &life), -1));
        cr_expect(eq(int, errno, EINVAL));
        cr_expect(eq(int, birth_fork(&args, live, &life), -1));
        cr_expect(eq(int, errno, EINVAL));
}

static atomic_bool over;

static void *work(void *counter)
{
        while (!atomic_load(&over))
                atomic_fetch_add((atomic_ulong *)counter, 1);
        return NULL;
}

Test(birth, does_not_stop_the_other_threads)
{
        atomic_ulong counter = 0;
        pthread_t thread;

        cr_assert(eq(int, pthread_create(&thread, NULL, work, &counter), 0));
        for (int round = 0; round < 200; round++) {
                struct clone_args args = plain();
                struct life life = { .status = round & 0x7f };
                pid_t pid = birth_and_wait(&args, live, &life);

                cr_assert(gt(int, pid, 0), "%s", strerror(errno));
                cr_expect(eq(int, status_of(pid), round & 0x7f));
        }
        atomic_store(&over, true);
        cr_assert(eq(int, pthread_join(thread, NULL), 0));
        cr_expect(gt(u64, atomic_load(&counter), 0));
}
