#include "layers/archive/deflater.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "layers/thread.h"

#define DICTIONARY (32u << 10)
#define OUT (DEFLATER_BLOCK + DEFLATER_BLOCK / 16)      /* deflate never needs more: what does not shrink is stored */

/* One block on its way.  Jobs go round: filled by the caller, packed by whoever is free, written by the caller in their order. */
struct job {
        bool packed, last;
        int result;                     /* of zlib */
        size_t dictionary_length, length, out_length;
        unsigned long sum;
        unsigned char dictionary[DICTIONARY], in[DEFLATER_BLOCK], out[OUT];
};

struct hand { struct deflater *deflater; z_stream stream; bool begun, running; pthread_t thread; };

struct deflater {
        deflater_write write;
        void *context;
        struct job *jobs;
        size_t job_count;
        struct hand hands[DEFLATER_MOST];       /* the first is the caller's */
        size_t hand_count;
        bool headed;
        unsigned long sum;
        uint64_t size;
        uint64_t filled, written;       /* jobs until now: the caller's alone, but that `filled` is read by the others */
        uint64_t taken;
        bool stopped;
        pthread_mutex_t lock;
        pthread_cond_t changed;
};

/* --- every hand ------------------------------------------------------------------------------------------------------------- */

static void pack(struct hand *hand, struct job *job)
{
        z_stream *stream = &hand->stream;
        int flush = job->last ? Z_FINISH : Z_SYNC_FLUSH, r = deflateReset(stream);

        if (r == Z_OK && job->dictionary_length > 0)
                r = deflateSetDictionary(stream, job->dictionary, (uInt)job->dictionary_length);
        stream->next_in = job->in;
        stream->avail_in = (uInt)job->length;
        stream->next_out = job->out;
        stream->avail_out = OUT;
        if (r == Z_OK)
                r = deflate(stream, flush);
        job->result = r == (job->last ? Z_STREAM_END : Z_OK) && stream->avail_in == 0 && stream->avail_out > 0 ? Z_OK : Z_BUF_ERROR;
        job->out_length = OUT - stream->avail_out;
        job->sum = crc32_z(crc32_z(0, NULL, 0), job->in, job->length);
}

/* The lock is held, and is let go meanwhile. */
static void pack_next(struct hand *hand)
{
        struct deflater *deflater = hand->deflater;
        struct job *job = &deflater->jobs[deflater->taken++ % deflater->job_count];

        pthread_mutex_unlock(&deflater->lock);
        pack(hand, job);
        pthread_mutex_lock(&deflater->lock);
        job->packed = true;
        pthread_cond_broadcast(&deflater->changed);
}

static void *run(void *context)
{
        struct hand *hand = context;
        struct deflater *deflater = hand->deflater;

        pthread_mutex_lock(&deflater->lock);
        while (!deflater->stopped)
                if (deflater->taken < deflater->filled)
                        pack_next(hand);
                else
                        pthread_cond_wait(&deflater->changed, &deflater->lock);
        pthread_mutex_unlock(&deflater->lock);
        return NULL;
}

/* --- the caller ------------------------------------------------------------------------------------------------------------- */

static bool hand_begin(struct deflater *deflater, struct hand *hand)
{
        hand->deflater = deflater;
        hand->begun = deflateInit2(&hand->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK;
        return hand->begun;
}

int deflater_new(size_t hands, deflater_write write, void *context, struct deflater **ret, struct error *err)
{
        _cleanup_(deflater_freep) struct deflater *deflater = calloc(1, sizeof(*deflater));

        if (!deflater)
                return error_memory(err);
        pthread_mutex_init(&deflater->lock, NULL);
        pthread_cond_init(&deflater->changed, NULL);
        deflater->write = write;
        deflater->context = context;
        deflater->job_count = 2 * hands + 1;
        deflater->jobs = calloc(deflater->job_count, sizeof(*deflater->jobs));
        deflater->sum = crc32_z(0, NULL, 0);
        if (!deflater->jobs || !hand_begin(deflater, &deflater->hands[0]))
                return error_memory(err);
        deflater->hand_count = 1;
        while (deflater->hand_count < hands) {
                struct hand *hand = &deflater->hands[deflater->hand_count++];
                struct error none = { 0 };

                hand->running = hand_begin(deflater, hand) && thread_begin(&hand->thread, THREAD_STACK, run, hand, &none) == 0;
        }
        *ret = take_ptr(deflater);
        return 0;
}

void deflater_freep(struct deflater **pointer)
{
        struct deflater *deflater = *pointer;

        if (!deflater)
                return;
        pthread_mutex_lock(&deflater->lock);
        deflater->stopped = true;
        pthread_cond_broadcast(&deflater->changed);
        pthread_mutex_unlock(&deflater->lock);
        for (size_t i = 0; i < DEFLATER_MOST; i++) {
                if (deflater->hands[i].running)
                        pthread_join(deflater->hands[i].thread, NULL);
                if (deflater->hands[i].begun)
                        (void)deflateEnd(&deflater->hands[i].stream);
        }
        pthread_cond_destroy(&deflater->changed);
        pthread_mutex_destroy(&deflater->lock);
        free(deflater->jobs);
        free(deflater);
}

/* The oldest job: packs it, or others that wait, until somebody has. */
static struct job *oldest(struct deflater *deflater)
{
        struct job *job = &deflater->jobs[deflater->written % deflater->job_count];

        pthread_mutex_lock(&deflater->lock);
        while (!job->packed)
                if (deflater->taken < deflater->filled)
                        pack_next(&deflater->hands[0]);
                else
                        pthread_cond_wait(&deflater->changed, &deflater->lock);
        job->packed = false;
        pthread_mutex_unlock(&deflater->lock);
        return job;
}

static int write_oldest(struct deflater *deflater, struct error *err)
{
        /* deflate, no flags, no time, no remarks about the speed, made on Unix */
        static const unsigned char head[10] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
        struct job *job = oldest(deflater);

        if (job->result != Z_OK)
                return error_set(err, E_UNEXPECTED_FAILURE, "compressing: zlib did not take all of it");
        if (!deflater->headed && deflater->write(deflater->context, head, sizeof(head), err) < 0)
                return err->code;
        deflater->headed = true;
        deflater->sum = crc32_combine(deflater->sum, job->sum, (z_off_t)job->length);
        deflater->size += job->length;
        deflater->written++;
        return deflater->write(deflater->context, job->out, job->out_length, err);
}

/* The job that is being filled goes to whoever is free, and there is room for another one. */
static int give(struct deflater *deflater, bool last, struct error *err)
{
        struct job *job = &deflater->jobs[deflater->filled % deflater->job_count], *next;

        job->last = last;
        pthread_mutex_lock(&deflater->lock);
        deflater->filled++;
        pthread_cond_broadcast(&deflater->changed);
        pthread_mutex_unlock(&deflater->lock);
        if (last)
                return 0;
        if (deflater->filled - deflater->written == deflater->job_count && write_oldest(deflater, err) < 0)
                return err->code;
        next = &deflater->jobs[deflater->filled % deflater->job_count];
        memcpy(next->dictionary, job->in + DEFLATER_BLOCK - DICTIONARY, DICTIONARY);
        next->dictionary_length = DICTIONARY;
        next->length = 0;
        return 0;
}

int deflater_add(struct deflater *deflater, const void *bytes, size_t length, struct error *err)
{
        const unsigned char *from = bytes;

        while (length > 0) {
                struct job *job = &deflater->jobs[deflater->filled % deflater->job_count];
                size_t room = DEFLATER_BLOCK - job->length, n = length < room ? length : room;

                memcpy(job->in + job->length, from, n);
                job->length += n;
                from += n;
                length -= n;
                if (job->length == DEFLATER_BLOCK && give(deflater, false, err) < 0)
                        return err->code;
        }
        return 0;
}

int deflater_end(struct deflater *deflater, struct error *err)
{
        unsigned char tail[8];
        int r = give(deflater, true, err);

        while (r >= 0 && deflater->written < deflater->filled)
                r = write_oldest(deflater, err);
        if (r < 0)
                return r;
        for (int i = 0; i < 4; i++) {
                tail[i] = (unsigned char)(deflater->sum >> 8 * i);
                tail[4 + i] = (unsigned char)(deflater->size >> 8 * i);
        }
        return deflater->write(deflater->context, tail, sizeof(tail), err);
}
