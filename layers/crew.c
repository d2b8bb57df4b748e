#include "layers/crew.h"

#include <sched.h>

#include "layers/thread.h"

#define STACK_BYTES (2u << 20)          /* touched as far as directories lie in each other */

size_t crew_size(size_t most)
{
        cpu_set_t processors;
        int count = sched_getaffinity(0, sizeof(processors), &processors) == 0 ? CPU_COUNT(&processors) : 1;

        return count < 1 ? 1 : (size_t)count < most ? (size_t)count : most;
}

void crew_init(struct crew *crew, crew_work work)
{
        *crew = (struct crew){ .work = work, .busy = 1 };       /* the caller */
        pthread_mutex_init(&crew->lock, NULL);
        pthread_cond_init(&crew->changed, NULL);
}

/* Until nothing is left and nobody is at something that might make more.  The lock is held. */
static void go_on(struct crew *crew, void *hand)
{
        while (!crew->ended) {
                if (crew->waiting > 0) {
                        void *task = crew->tasks[--crew->waiting];

                        crew->busy++;
                        pthread_mutex_unlock(&crew->lock);
                        crew->work(hand, task);
                        pthread_mutex_lock(&crew->lock);
                        crew->busy--;
                } else if (crew->busy == 0) {
                        crew->ended = true;
                        pthread_cond_broadcast(&crew->changed);
                } else {
                        pthread_cond_wait(&crew->changed, &crew->lock);
                }
        }
}

static void *run(void *context)
{
        struct crew_member *member = context;

        pthread_mutex_lock(&member->crew->lock);
        go_on(member->crew, member->hand);
        pthread_mutex_unlock(&member->crew->lock);
        return NULL;
}

bool crew_add(struct crew *crew, void *hand)
{
        struct crew_member *member = &crew->members[crew->count];
        struct error none = { 0 };
        bool made;

        if (crew->count == CREW_MOST - 1)
                return false;
        *member = (struct crew_member){ .crew = crew, .hand = hand };
        made = thread_begin(&member->thread, STACK_BYTES, run, member, &none) == 0;
        crew->count += made;
        return made;
}

bool crew_offer(struct crew *crew, void *task)
{
        bool taken;

        if (crew->count == 0)
                return false;
        pthread_mutex_lock(&crew->lock);
        taken = crew->waiting < crew->count;
        if (taken) {
                crew->tasks[crew->waiting++] = task;
                pthread_cond_signal(&crew->changed);
        }
        pthread_mutex_unlock(&crew->lock);
        return taken;
}

void crew_finish(struct crew *crew, void *hand)
{
        pthread_mutex_lock(&crew->lock);
        crew->busy--;
        go_on(crew, hand);
        pthread_mutex_unlock(&crew->lock);
        while (crew->count > 0)
                pthread_join(crew->members[--crew->count].thread, NULL);
        pthread_cond_destroy(&crew->changed);
        pthread_mutex_destroy(&crew->lock);
}
