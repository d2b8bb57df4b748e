/* Threads that share work: each piece is done once, and nobody goes home while there may be more. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdatomic.h>
#include <stdint.h>

#include "layers/crew.h"

enum { DEPTH = 12 };

struct hand { struct crew *crew; atomic_size_t *done; };

/* A piece is a number: the depth that is left.  Each makes two more, one of which is offered. */
static void work(void *hand, void *task)
{
        struct hand *mine = hand;
        uintptr_t left = (uintptr_t)task;

        atomic_fetch_add(mine->done, 1);
        for (int i = 0; i < 2 && left > 1; i++)
                if (i == 1 || !crew_offer(mine->crew, (void *)(left - 1)))
                        work(hand, (void *)(left - 1));
}

Test(crew, a_tree_of_work_is_done_once)
{
        for (size_t hands = 0; hands < CREW_MOST; hands++) {
                struct crew crew;
                atomic_size_t done = 0;
                struct hand mine[CREW_MOST];

                crew_init(&crew, work);
                for (size_t i = 0; i < CREW_MOST; i++)
                        mine[i] = (struct hand){ &crew, &done };
                for (size_t i = 0; i < hands; i++)
                        cr_assert(crew_add(&crew, &mine[i + 1]));
                work(&mine[0], (void *)(uintptr_t)DEPTH);
                crew_finish(&crew, &mine[0]);
                cr_expect(eq(sz, done, (1u << DEPTH) - 1), "with %zu hands", hands);
        }
}

Test(crew, there_are_not_more_than_it_has_place_for)
{
        struct crew crew;
        atomic_size_t done = 0;
        struct hand mine = { &crew, &done };

        crew_init(&crew, work);
        cr_expect(not(crew_offer(&crew, (void *)(uintptr_t)1)), "who is alone does it himself");
        for (size_t i = 1; i < CREW_MOST; i++)
                cr_expect(crew_add(&crew, &mine));
        cr_expect(not(crew_add(&crew, &mine)));
        crew_finish(&crew, &mine);
        cr_expect(eq(sz, done, 0));
        cr_expect(eq(sz, crew_size(1), 1));
        cr_expect(crew_size(CREW_MOST) >= 1 && crew_size(CREW_MOST) <= CREW_MOST);
}
