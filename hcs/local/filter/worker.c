#include "hcs/local/filter/worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CODE_MAX (4096u * 8)            /* what the kernel takes of a whole filter */

/* In memory that both see. */
struct worker_answer {
        int result;
        int32_t last;
        size_t length;
        struct error error;
        char code[CODE_MAX];
};

static void answer(struct worker_answer *answer, const struct piece *piece, int result, const struct error *err)
{
        if (result >= 0 && piece->code.length > CODE_MAX)
                result = error_set(&answer->error, E_INVALID_DATA, "linux.seccomp: too long: %zu instructions for one architecture; "
                                   "the kernel takes %u", piece->code.length / 8, CODE_MAX / 8);
        else if (result < 0)
                answer->error = *err;
        if (result >= 0)
                memcpy(answer->code, piece->code.data, piece->code.length);
        answer->length = piece->code.length;
        answer->last = piece->last;
        answer->result = result;
}

int worker_begin(struct worker *worker, worker_compile *compile, const void *context, struct piece *piece, struct error *err)
{
        struct worker_answer *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        pid_t parent = getpid();

        if (shared == MAP_FAILED)
                return error_errno(err, "making room for a filter");
        *worker = (struct worker){ .pid = fork(), .answer = shared };
        if (worker->pid < 0) {
                worker_drop(worker);
                return compile(context, piece, err);
        }
        if (worker->pid == 0) {
                if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
                        _exit(1);
                answer(shared, piece, compile(context, piece, err), err);
                _exit(0);
        }
        return 0;
}

int worker_end(struct worker *worker, struct piece *piece, struct error *err)
{
        struct worker_answer *answer = worker->answer;
        int status = 0, r;

        if (!answer)
                return 0;               /* done already */
        while (waitpid(worker->pid, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, "waiting for the compiler of a filter");
        worker->pid = 0;
        r = answer->result;
        if (status != 0)
                r = error_set(err, E_UNEXPECTED_FAILURE, "linux.seccomp: compiling it for architecture 0x%x: the process ended with "
                              "status 0x%x", piece->architecture, status);
        else if (r < 0)
                *err = answer->error;
        if (r >= 0) {
                piece->last = answer->last;
                text_add_n(&piece->code, answer->code, answer->length);
                r = text_check(&piece->code, err);
        }
        worker_drop(worker);
        return r;
}

void worker_drop(struct worker *worker)
{
        if (worker->pid > 0) {
                (void)kill(worker->pid, SIGKILL);
                (void)waitpid(worker->pid, NULL, 0);
        }
        if (worker->answer)
                (void)munmap(worker->answer, sizeof(*worker->answer));
        *worker = (struct worker){ .pid = 0 };
}
