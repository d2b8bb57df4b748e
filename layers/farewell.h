/* The end of a scratch that goes with its sandbox, beside whatever else is taken down: a disk may have to be waited for at each directory
 * that is removed, some 0.07 ms.
 *
 * It saves time and is no condition of anything: what it could not remove is there for layer_scratch_remove(), which is called in
 * any case and says why it can't.  Linux. */
#ifndef LAYERS_FAREWELL_H
#define LAYERS_FAREWELL_H

struct layer_farewell;

/* While the program runs: removes what the scratch's overlays hold only to be warned by at a next mount, which there is none of.  The
 * scratch is one on a disk: no other one ever has its name.  To be ended with layer_farewell_end(); NULL without memory, which all
 * below take. */
struct layer_farewell *layer_farewell_new(const char *scratch);
/* When nobody uses the scratch any more: removes it, if there is nothing in it.  `farewell` is a struct layer_farewell, so that this can
 * be what a sandbox's end calls back; whoever lets it be called there waits for the call, too. */
void layer_farewell_carry_out(void *farewell);
/* The same on a thread, on which layer_farewell_end() waits. */
void layer_farewell_begin(struct layer_farewell *farewell);
void layer_farewell_end(struct layer_farewell *farewell);

#endif
