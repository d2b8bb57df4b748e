#include "layers/archive/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct queue {
        pthread_mutex_t lock;
        pthread_cond_t changed;
        size_t first, filled;           /* blocks that are whole, from the first on */
        size_t length[QUEUE_BLOCKS];
        size_t open;                    /* bytes in the block behind those, which the putting side alone looks at */
        bool ended, stopped, taken;     /* taken: the first block is being looked at */
        unsigned char blocks[QUEUE_BLOCKS][QUEUE_BLOCK];
};

int queue_new(struct queue **ret, struct error *err)
{
        struct queue *queue = malloc(sizeof(*queue));

        if (!queue)
                return error_memory(err);
        memset(queue, 0, offsetof(struct queue, blocks));
        pthread_mutex_init(&queue->lock, NULL);
        pthread_cond_init(&queue->changed, NULL);
        *ret = queue;
        return 0;
}

void queue_free(struct queue *queue)
{
        if (!queue)
                return;
        pthread_cond_destroy(&queue->changed);
        pthread_mutex_destroy(&queue->lock);
        free(queue);
}

void queue_freep(struct queue **queue)
{
        queue_free(*queue);
}

/* The open block is whole: gives it over and waits until there is room for another. */
static bool give(struct queue *queue)
{
        bool go_on;

        pthread_mutex_lock(&queue->lock);
        queue->length[(queue->first + queue->filled) % QUEUE_BLOCKS] = queue->open;
        queue->filled++;
        queue->open = 0;
        pthread_cond_broadcast(&queue->changed);
        while (queue->filled == QUEUE_BLOCKS && !queue->stopped)
                pthread_cond_wait(&queue->changed, &queue->lock);
        go_on = !queue->stopped;
        pthread_mutex_unlock(&queue->lock);
        return go_on;
}

/* Which block is open does not change while it is: taking moves `first` and `filled` by one, both. */
static unsigned char *open_block(struct queue *queue)
{
        size_t at;

        pthread_mutex_lock(&queue->lock);
        at = (queue->first + queue->filled) % QUEUE_BLOCKS;
        pthread_mutex_unlock(&queue->lock);
        return queue->blocks[at];
}

bool queue_put(struct queue *queue, const void *bytes, size_t length)
{
        const unsigned char *from = bytes;

        while (length > 0) {
                size_t room = QUEUE_BLOCK - queue->open, n = length < room ? length : room;

                memcpy(open_block(queue) + queue->open, from, n);
                queue->open += n;
                from += n;
                length -= n;
                if (queue->open == QUEUE_BLOCK && !give(queue))
                        return false;
        }
        return !queue_is_stopped(queue);
}

void queue_end(struct queue *queue)
{
        if (queue->open > 0)
                (void)give(queue);
        pthread_mutex_lock(&queue->lock);
        queue->ended = true;
        pthread_cond_broadcast(&queue->changed);
        pthread_mutex_unlock(&queue->lock);
}

size_t queue_take(struct queue *queue, const void **ret)
{
        size_t length = 0;

        pthread_mutex_lock(&queue->lock);
        if (queue->taken) {
                queue->first = (queue->first + 1) % QUEUE_BLOCKS;
                queue->filled--;
                queue->taken = false;
                pthread_cond_broadcast(&queue->changed);
        }
        while (queue->filled == 0 && !queue->ended && !queue->stopped)
                pthread_cond_wait(&queue->changed, &queue->lock);
        if (queue->filled > 0 && !queue->stopped) {
                queue->taken = true;
                *ret = queue->blocks[queue->first];
                length = queue->length[queue->first];
        }
        pthread_mutex_unlock(&queue->lock);
        return length;
}

void queue_stop(struct queue *queue)
{
        pthread_mutex_lock(&queue->lock);
        queue->stopped = true;
        pthread_cond_broadcast(&queue->changed);
        pthread_mutex_unlock(&queue->lock);
}

bool queue_is_stopped(struct queue *queue)
{
        bool stopped;

        pthread_mutex_lock(&queue->lock);
        stopped = queue->stopped;
        pthread_mutex_unlock(&queue->lock);
        return stopped;
}
