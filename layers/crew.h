/* Threads that share work which makes more work: whoever is free takes what another offers.
 *
 * The caller begins alone, adds hands when the work turns out to be large, offers pieces of it, and does itself what nobody takes.
 * Threads have all signals blocked, and are gone when crew_finish() returns. */
#ifndef LAYERS_CREW_H
#define LAYERS_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define CREW_MOST 4                     /* hands, the caller among them */

/* `hand` is what crew_add() or crew_finish() was given: nobody else's while the crew works. */
typedef void (*crew_work)(void *hand, void *task);

struct crew;
struct crew_member { struct crew *crew; pthread_t thread; void *hand; };

/* Everything in it is the crew's own. */
struct crew {
        crew_work work;
        pthread_mutex_t lock;
        pthread_cond_t changed;
        void *tasks[CREW_MOST];
        size_t waiting, busy;
        bool ended;
        struct crew_member members[CREW_MOST - 1];
        size_t count;
};

/* How many hands this machine has for something: as many as processors that we may use, 1 to `most`. */
size_t crew_size(size_t most);

void crew_init(struct crew *crew, crew_work work);
/* One thread more; false when there can be none, which is no failure.  From the caller's thread only. */
bool crew_add(struct crew *crew, void *hand);
/* From any hand.  False: nobody is free, do it yourself. */
bool crew_offer(struct crew *crew, void *task);
/* From the caller's thread: works along until nothing is left, and ends the threads. */
void crew_finish(struct crew *crew, void *hand);

#endif
