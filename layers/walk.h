/* Secrets by rule: walks what belongs to the system and lists what "other" may not read or enter, and what is a secret by name.
 * Tells the directories it looked into, with their times, so that a later caller can see whether anything may have changed. */
#ifndef LAYERS_WALK_H
#define LAYERS_WALK_H

#include <stdint.h>

#include "layers/hiding.h"

#define WALK_DEPTH_MAX 64               /* directories nested deeper are hidden unseen */

struct walked { const char *path; int64_t changed; };  /* nanoseconds, or one of these: */
typedef LIST_OF(struct walked) walked_list;

#define WALK_GONE (-1)
#define WALK_RACY (-2)                  /* it changed while we looked: to be walked again in any case */

/* Walks `top` (absolute, below the descriptor `root`, which is "/" but in tests).  What is in the list already is not entered,
 * nor what is a path of `shown`.  All strings live in `arena`. */
int walk_secrets(struct arena *arena, int root, const char *top, const struct strings *shown, hiding_list *list,
                 walked_list *walked, struct error *err);
/* Notes one more place to watch, be it there or not. */
int walk_note(struct arena *arena, int root, const char *path, walked_list *walked, struct error *err);
/* The time to compare with a noted one; WALK_GONE when there is nothing. */
int64_t walk_time_of(int root, const char *path);

#endif
