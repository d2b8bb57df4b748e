#include "hcs/local/birth.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "hcs/base/linux-calls.h"

#define STACK (32u << 10)               /* of the child, for as long as it shares our memory */

/* clone3 on a stack of the child's own.  No C library has a door for that, and no C can be the child on the way to `life`, as its frame
 * would be the caller's.  0 and above: the child's number; below: an error's, negative.
 * AddressSanitizer keeps notes of every frame, and would take those that the child leaves on our stack for ours. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define HAVE_STACK_OF_ITS_OWN 1
static long clone_to(struct clone_args *args, birth_life life, void *context)
{
        register long result __asm__("rax") = SYS_clone3;
        register birth_life to __asm__("r12") = life;
        register void *with __asm__("r13") = context;

        __asm__ volatile("syscall\n\t"
                         "testq %%rax, %%rax\n\t"
                         "jnz 1f\n\t"
                         "xorl %%ebp, %%ebp\n\t"
                         "movq %2, %%rdi\n\t"
                         "callq *%1\n\t"
                         "ud2\n"
                         "1:"
                         : "+r"(result) : "r"(to), "r"(with), "D"(args), "S"(sizeof(*args)) : "rcx", "r11", "memory", "cc");
        return result;
}
#elif defined(__aarch64__) && !defined(__SANITIZE_ADDRESS__)
#define HAVE_STACK_OF_ITS_OWN 1
static long clone_to(struct clone_args *args, birth_life life, void *context)
{
        register long number __asm__("x8") = SYS_clone3;
        register uintptr_t result __asm__("x0") = (uintptr_t)args;
        register size_t size __asm__("x1") = sizeof(*args);
        register birth_life to __asm__("x20") = life;
        register void *with __asm__("x21") = context;

        __asm__ volatile("svc #0\n\t"
                         "cbnz x0, 1f\n\t"
                         "mov x29, xzr\n\t"
                         "mov x0, %3\n\t"
                         "blr %2\n\t"
                         "brk #0\n"
                         "1:"
                         : "+r"(result) : "r"(size), "r"(to), "r"(with), "r"(number) : "memory", "cc");
        return (long)result;
}
#else
#define HAVE_STACK_OF_ITS_OWN 0
static long clone_to(struct clone_args *args, birth_life life, void *context)
{
        (void)args, (void)life, (void)context;
        return -ENOSYS;
}
#endif

static pid_t fork_to(struct clone_args *args, birth_life life, void *context)
{
        pid_t pid = sys_clone3(args);

        if (pid == 0) {
                life(context);
                _exit(127);
        }
        return pid;
}

static pid_t share_with(struct clone_args *args, birth_life life, void *context)
{
        alignas(64) unsigned char stack[STACK];
        long result;

        args->flags |= CLONE_VM;
        args->stack = (uint64_t)(uintptr_t)stack;
        args->stack_size = sizeof(stack);
        result = clone_to(args, life, context);
        if (result >= 0)
                return (pid_t)result;
        errno = (int)-result;
        return -1;
}

static pid_t unsignalled(pid_t (*birth)(struct clone_args *, birth_life, void *), struct clone_args *args, birth_life life, void *context)
{
        sigset_t all, before;
        pid_t pid;
        int failure;

        sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        pid = birth(args, life, context);
        failure = errno;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        errno = failure;
        return pid;
}

pid_t birth_fork(struct clone_args *args, birth_life life, void *context)
{
        return unsignalled(fork_to, args, life, context);
}

pid_t birth_and_wait(struct clone_args *args, birth_life life, void *context)
{
        args->flags |= CLONE_VFORK;
        return unsignalled(HAVE_STACK_OF_ITS_OWN ? share_with : fork_to, args, life, context);
}
