/* The end of a scratch, beside whatever else is taken down. */
#include "layers/farewell.h"

#include "layers/host.h"
#include "layers/scratch-project.h"
#include "layers/scratch.h"
#include "tests/unit/layers/rig.h"

static const char *below(const struct place *place, const char *path)
{
        static char ret[4][256];
        static unsigned turn;

        turn = (turn + 1) % ARRAY_LENGTH(ret);
        snprintf(ret[turn], sizeof(ret[turn]), "%s/%s", place->path, path);
        return ret[turn];
}

/* As one is when overlayfs has been there. */
static void make(const struct place *place, const char *name)
{
        const struct scratch scratch = { .path = below(place, name) };
        struct error err = { 0 };
        char line[400];

        cr_assert(eq(int, scratch_make(&scratch, &err), 0), "%s", err.text);
        snprintf(line, sizeof(line), "cd %s && mkdir -p work/work/incompat/volatile && touch work/work/incompat/volatile/dirty", scratch.path);
        cr_assert(eq(int, system(line), 0));
}

Test(layer_farewell, what_overlayfs_warns_with_goes_at_once_and_the_rest_when_it_is_carried_out)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct layer_farewell *farewell;

        make(&place, "s");
        farewell = layer_farewell_new(below(&place, "s"));
        cr_expect(not(place_has(&place, "s/work/work/incompat")));
        cr_expect(place_has(&place, "s/work/work"));
        layer_farewell_carry_out(farewell);
        cr_expect(not(place_has(&place, "s")));
        layer_farewell_end(farewell);
}

Test(layer_farewell, on_a_thread_is_over_when_its_end_is)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct layer_farewell *farewell;

        make(&place, "s");
        farewell = layer_farewell_new(below(&place, "s"));
        layer_farewell_begin(farewell);
        layer_farewell_begin(farewell);
        layer_farewell_end(farewell);
        cr_expect(not(place_has(&place, "s")));
}

Test(layer_farewell, that_nobody_asks_for_removes_nothing)
{
        _cleanup_(place_donep) struct place place = place_new();

        make(&place, "s");
        layer_farewell_end(layer_farewell_new(below(&place, "s")));
        cr_expect(place_has(&place, "s/upper"));
        layer_farewell_begin(NULL);
        layer_farewell_carry_out(NULL);
        layer_farewell_end(NULL);
}

Test(layer_farewell, leaves_what_was_written_to_whoever_removes_it)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct layer_farewell *farewell;
        struct error err = { 0 };

        make(&place, "s");
        cr_assert(eq(int, mkdir(below(&place, "s/upper/made"), 0755), 0));
        farewell = layer_farewell_new(below(&place, "s"));
        layer_farewell_carry_out(farewell);
        layer_farewell_end(farewell);
        cr_expect(place_has(&place, "s/upper/made"));
        cr_expect(eq(int, layer_scratch_remove(below(&place, "s"), &err), 0), "%s", err.text);
        cr_expect(not(place_has(&place, "s")));
}

/* Without the directory nobody would find the quota again. */
Test(layer_farewell, leaves_one_with_a_quota)
{
        _cleanup_(place_donep) struct place place = place_new();
        struct layer_farewell *farewell;

        make(&place, "s" SCRATCH_PROJECT_END);
        farewell = layer_farewell_new(below(&place, "s" SCRATCH_PROJECT_END));
        layer_farewell_carry_out(farewell);
        layer_farewell_end(farewell);
        cr_expect(place_has(&place, "s" SCRATCH_PROJECT_END "/upper"));
}
