/* A piece of a filter compiled by another process: what it made, what it said, and that it ended, comes here. */
#include "hcs/local/filter/worker.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int make(const void *context, struct piece *piece, struct error *err)
{
        (void)err;
        piece->last = 7;
        text_add_n(&piece->code, context, strlen(context));
        return 0;
}

static int make_too_much(const void *context, struct piece *piece, struct error *err)
{
        (void)context;
        for (int i = 0; i <= 4096; i++)
                text_add_n(&piece->code, "12345678", 8);
        return text_check(&piece->code, err);
}

static int refuse(const void *context, struct piece *piece, struct error *err)
{
        return error_set(err, E_INVALID_DATA, "no %s for 0x%x", (const char *)context, piece->architecture);
}

static int die(const void *context, struct piece *piece, struct error *err)
{
        (void)piece;
        (void)err;
        return raise(*(const int *)context);
}

static int hang(const void *context, struct piece *piece, struct error *err)
{
        (void)context;
        (void)piece;
        (void)err;
        return pause();
}

static int work(worker_compile *compile, const void *context, struct piece *piece, struct error *err)
{
        struct worker worker = { .pid = 0 };
        int r = worker_begin(&worker, compile, context, piece, err);

        cr_expect(eq(sz, piece->code.length, 0), "it is not made in this process");
        r = r < 0 ? r : worker_end(&worker, piece, err);
        cr_expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no process is left");
        return r;
}

Test(filter_worker, what_it_made_comes_back)
{
        struct piece piece = { .architecture = 1 };
        struct error err = { 0 };

        cr_assert(eq(int, work(make, "instructions", &piece, &err), 0), "%s", err.text);
        cr_expect(eq(int, piece.last, 7));
        cr_expect(eq(str, piece.code.data, (char *)"instructions"));
        text_done(&piece.code);
}

Test(filter_worker, what_it_refused_comes_back)
{
        struct piece piece = { .architecture = 0xb7 };
        struct error err = { 0 };

        cr_expect(eq(i32, work(refuse, "filter", &piece, &err), E_INVALID_DATA));
        cr_expect(eq(str, err.text, (char *)"no filter for 0xb7"));
}

Test(filter_worker, more_than_the_kernel_takes_is_refused)
{
        struct piece piece = { .architecture = 1 };
        struct error err = { 0 };

        cr_expect(eq(i32, work(make_too_much, NULL, &piece, &err), E_INVALID_DATA));
        cr_expect(eq(str, err.text, (char *)"linux.seccomp: too long: 4097 instructions for one architecture; the kernel takes 4096"));
}

Test(filter_worker, an_end_without_an_answer_is_told)
{
        struct piece piece = { .architecture = 0xb7 };
        const int signal = SIGKILL;
        struct error err = { 0 };

        cr_expect(lt(i32, work(die, &signal, &piece, &err), 0));
        cr_expect(eq(str, err.text, (char *)"linux.seccomp: compiling it for architecture 0xb7: the process ended with status 0x9"));
}

Test(filter_worker, one_that_nobody_waits_for_is_ended)
{
        struct worker worker = { .pid = 0 };
        struct piece piece = { .architecture = 1 };
        struct error err = { 0 };

        cr_assert(eq(int, worker_begin(&worker, hang, NULL, &piece, &err), 0), "%s", err.text);
        worker_drop(&worker);
        cr_expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
        worker_drop(&worker);
}
