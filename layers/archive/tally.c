#include "layers/archive/tally.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layers/archive/names.h"
#include "layers/thread.h"

#define JOBS 64
#define JOBS_TO_WAKE 16                 /* small files come one after the other: not a wake-up for each */
#define BYTES_TO_WAKE (256u << 10)

struct job { int file; char path[NAMES_PATH_MAX + 2]; };

struct tally {
        pthread_mutex_t lock;
        pthread_cond_t more, less;
        pthread_t thread;
        size_t first, count;            /* the first of them stays until it is in the tree */
        uint64_t asleep_bytes;          /* of files that came since the thread was woken */
        bool running, ended, hurry;
        struct error err;
        struct tree tree;
        struct job jobs[JOBS];
};

/* --- the thread ----------------------------------------------------------------------------------------------------------- */

static bool is_worth_it(const struct tally *tally)
{
        return tally->count > 0 && (tally->hurry || tally->count >= JOBS_TO_WAKE || tally->asleep_bytes >= BYTES_TO_WAKE);
}

/* NULL at the end. */
static struct job *next(struct tally *tally)
{
        struct job *job = NULL;

        pthread_mutex_lock(&tally->lock);
        if (tally->count == 0)
                tally->asleep_bytes = 0;
        if (tally->count == 0 && !tally->ended)
                while (!is_worth_it(tally) && !tally->ended)
                        pthread_cond_wait(&tally->more, &tally->lock);
        if (tally->count > 0)
                job = &tally->jobs[tally->first];
        pthread_mutex_unlock(&tally->lock);
        return job;
}

static int add_one(struct tally *tally, const struct job *job, struct error *err)
{
        struct stat what;
        int r = fstat(job->file, &what) < 0 ? error_errno(err, "looking at it") : 0;

        if (r >= 0)
                r = tree_add_file(&tally->tree, job->file, job->path, &what, err);
        return r < 0 ? error_wrap(err, "%s", job->path) : 0;
}

static void finish(struct tally *tally, struct job *job)
{
        close(job->file);
        pthread_mutex_lock(&tally->lock);
        tally->first = (tally->first + 1) % JOBS;
        tally->count--;
        if (tally->count == 0 || tally->count == JOBS / 2)
                pthread_cond_signal(&tally->less);
        pthread_mutex_unlock(&tally->lock);
}

/* After a failure files are only closed. */
static void *count(void *context)
{
        struct tally *tally = context;
        struct job *job;
        bool failed = false;

        while ((job = next(tally))) {
                struct error err = { .code = 0 };

                if (!failed && add_one(tally, job, &err) < 0) {
                        failed = true;
                        pthread_mutex_lock(&tally->lock);
                        tally->err = err;
                        pthread_mutex_unlock(&tally->lock);
                }
                finish(tally, job);
        }
        return NULL;
}

/* --- the other side ------------------------------------------------------------------------------------------------------- */

int tally_new(struct tally **ret, struct error *err)
{
        _cleanup_(tally_freep) struct tally *tally = calloc(1, sizeof(*tally));
        int r;

        if (!tally)
                return error_memory(err);
        pthread_mutex_init(&tally->lock, NULL);
        pthread_cond_init(&tally->more, NULL);
        pthread_cond_init(&tally->less, NULL);
        r = thread_begin(&tally->thread, THREAD_STACK, count, tally, err);
        if (r < 0)
                return r;
        tally->running = true;
        *ret = take_ptr(tally);
        return 0;
}

void tally_freep(struct tally **tally)
{
        if (!*tally)
                return;
        pthread_mutex_lock(&(*tally)->lock);
        (*tally)->ended = true;
        pthread_cond_signal(&(*tally)->more);
        pthread_mutex_unlock(&(*tally)->lock);
        if ((*tally)->running)
                pthread_join((*tally)->thread, NULL);
        pthread_cond_destroy(&(*tally)->less);
        pthread_cond_destroy(&(*tally)->more);
        pthread_mutex_destroy(&(*tally)->lock);
        free(*tally);
}

/* Holding the lock: until no more than `most` are left. */
static int wait_for(struct tally *tally, size_t most, struct error *err)
{
        tally->hurry = true;
        pthread_cond_signal(&tally->more);
        while (tally->count > most)
                pthread_cond_wait(&tally->less, &tally->lock);
        tally->hurry = false;
        if (!tally->err.code)
                return 0;
        *err = tally->err;
        return err->code;
}

int tally_add(struct tally *tally, int file, uint64_t size, const char *path, struct error *err)
{
        struct job *job;
        int r = 0;

        pthread_mutex_lock(&tally->lock);
        if (tally->count == JOBS || tally->err.code)
                r = wait_for(tally, JOBS / 2, err);
        if (r >= 0) {
                job = &tally->jobs[(tally->first + tally->count) % JOBS];
                job->file = file;
                memcpy(job->path, path, strlen(path) + 1);
                tally->count++;
                tally->asleep_bytes += size;
                if (is_worth_it(tally))
                        pthread_cond_signal(&tally->more);
        }
        pthread_mutex_unlock(&tally->lock);
        if (r < 0)
                close(file);
        return r;
}

int tally_wait(struct tally *tally, struct tree **ret, struct error *err)
{
        int r;

        pthread_mutex_lock(&tally->lock);
        r = wait_for(tally, 0, err);
        pthread_mutex_unlock(&tally->lock);
        if (r < 0)
                return r;
        *ret = &tally->tree;
        return 0;
}
