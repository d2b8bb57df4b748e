/* Memory that is given out piece by piece and taken back all at once.  A parsed document, its strings and its structs
 * live in one arena and end with it.  Not thread-safe. */
#ifndef HCS_BASE_ARENA_H
#define HCS_BASE_ARENA_H

#include <stddef.h>

#include "hcs/base/macros.h"

struct arena_block;
struct arena { struct arena_block *last; };       /* zero-initialised is empty and ready */

/* Zeroed memory, aligned for anything; NULL when there is none.  Lives until arena_done(). */
void *arena_alloc(struct arena *arena, size_t size);
/* count * size with the multiplication checked. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
/* Copies; the text ends with a NUL.  NULL when there is no memory (or text is NULL). */
char *arena_copy(struct arena *arena, const char *text);
char *arena_copy_n(struct arena *arena, const char *bytes, size_t length);
char *arena_printf(struct arena *arena, const char *fmt, ...) _printf_(2, 3);

/* What came from the other lives as long as this one; the other is empty then. */
void arena_take(struct arena *arena, struct arena *other);
/* Ends it and all that came from it.  Fine on an empty one. */
void arena_done(struct arena *arena);

#endif
