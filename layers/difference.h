/* The lines in which two texts differ, and these as hunks that patch(1) and git take.  Pure.
 *
 * Each line gets a number, equal lines the same one; then E. W. Myers' search for the shortest way from one list of numbers to the
 * other ("An O(ND) Difference Algorithm and Its Variations", 1986), the variant that needs memory for one row only.  Where texts have
 * little in common the search is given up after a while and goes on from the furthest point: the result is longer then, and still
 * right. */
#ifndef LAYERS_DIFFERENCE_H
#define LAYERS_DIFFERENCE_H

#include <stddef.h>

#include "hcs/base/error.h"
#include "hcs/base/text.h"

#define DIFFERENCE_LINES_MAX 262144     /* in one of them; 40 bytes of memory for each */

enum { DIFFERENCE_TOO_LONG = 1 };       /* more lines than that */

struct difference_side { const char *bytes; size_t length; };

/* Adds the hunks, "@@ -1,4 +1,5 @@" and so on, with three lines round them; nothing when they are equal.  A line ends with '\n', and
 * a last one without is told as patch(1) wants it. */
int difference_print(struct text *out, const struct difference_side *before, const struct difference_side *after, struct error *err);

#endif
