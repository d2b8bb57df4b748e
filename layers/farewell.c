#include "layers/farewell.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/error.h"
#include "layers/scratch.h"
#include "layers/thread.h"

struct layer_farewell {
        pthread_t thread;
        bool running;
        char scratch[];
};

struct layer_farewell *layer_farewell_new(const char *scratch)
{
        size_t size = strlen(scratch) + 1;
        struct layer_farewell *farewell = calloc(1, sizeof(*farewell) + size);

        if (!farewell)
                return NULL;
        memcpy(farewell->scratch, scratch, size);
        scratch_settle(scratch);
        return farewell;
}

void layer_farewell_carry_out(void *context)
{
        const struct layer_farewell *farewell = context;

        if (farewell)
                scratch_remove_settled(farewell->scratch);
}

static void *run(void *context)
{
        layer_farewell_carry_out(context);
        return NULL;
}

void layer_farewell_begin(struct layer_farewell *farewell)
{
        struct error none = { .code = 0 };

        if (farewell && !farewell->running)
                farewell->running = thread_begin(&farewell->thread, THREAD_STACK, run, farewell, &none) >= 0;
}

void layer_farewell_end(struct layer_farewell *farewell)
{
        if (farewell && farewell->running)
                (void)pthread_join(farewell->thread, NULL);
        free(farewell);
}
