/* What lies beneath a scratch: the named layers, the mask and the host, uppermost first, as the directories that they have at one place.
 * Ways go down one name at a time and never through a link.  Reads only; a stack is its caller's, and not to be shared by threads. */
#ifndef LAYERS_STACK_H
#define LAYERS_STACK_H

#include "layers/changes.h"

#define STACK_LAYERS_MAX 12             /* named ones; a mount takes fewer */

struct stack {
        size_t named;                   /* so many named layers; behind them come the mask and the host */
        size_t shown;                   /* a layer covers those from here on */
        int dirs[STACK_LAYERS_MAX + 2]; /* -1: it has none here.  The mask's is there also when it is covered, for the next line */
        bool hidden;                    /* the mask hides this place of the host, whatever the named layers have there */
        enum changes_marks marks;
};

/* One that has nothing. */
void stack_init(struct stack *stack);
void stack_done(struct stack *stack);
/* The tops of a part's layers. */
int stack_open(const struct changes_part *part, enum changes_marks marks, struct stack *ret, struct error *err);
/* The directories of that name; `ret` is initialised, and has nothing when nothing of that name is a directory. */
int stack_enter(const struct stack *stack, const char *name, struct stack *ret, struct error *err);
/* The same for a way of several names, each with a slash before it; nothing there is fine. */
int stack_way(const struct stack *stack, const char *where, struct stack *ret, struct error *err);
/* Does the host take part in what is seen here?  Else it is a named layer's or the mask's alone. */
bool stack_has_host(const struct stack *stack);

/* What is seen under one name. */
struct stack_entry {
        int dir;                        /* where it lies: the stack's; -1: nothing is to be seen */
        size_t number;                  /* in the stack: whose it is; of what a whiteout takes away, the whiteout's */
        struct change_look look;
        bool hidden;
};
int stack_find(const struct stack *stack, const char *name, struct stack_entry *ret, struct error *err);
/* Is what is seen, or covered, under the name a named layer's, without the host?  `entry` is of stack_find(). */
int stack_is_layered(const struct stack *stack, const char *name, const struct stack_entry *entry, bool *ret, struct error *err);

#endif
