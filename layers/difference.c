#include "layers/difference.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/macros.h"

#define CONTEXT 3                       /* lines before and behind a change */
#define COST_MAX 1024                   /* steps from both ends; then the furthest point will do */

struct side {
        const char *bytes;
        uint32_t *starts;               /* of each line, and of what would come behind the last */
        int32_t *names;                 /* the number of each line */
        bool *changed;
        int32_t count;
};

struct search {
        struct side a, b;
        int32_t *rows, *forward, *backward;     /* indexed by diagonal, x - y; allocated as one */
};

static void search_done(struct search *search)
{
        free(search->a.starts);
        free(search->a.names);
        free(search->a.changed);
        free(search->b.starts);
        free(search->b.names);
        free(search->b.changed);
        free(search->rows);
}

/* --- lines -------------------------------------------------------------------------------------------------------------- */

static const char *end_of_line(const char *line, const char *end)
{
        const char *newline = memchr(line, '\n', (size_t)(end - line));

        return newline ? newline + 1 : end;
}

static size_t count_lines(const struct difference_side *text)
{
        const char *end = text->bytes + text->length;
        size_t count = 0;

        for (const char *line = text->bytes; line < end; line = end_of_line(line, end))
                count++;
        return count;
}

static int split(const struct difference_side *text, struct side *side)
{
        const char *end = text->bytes + text->length, *line = text->bytes;
        size_t count = count_lines(text), at = 0;

        if (count > DIFFERENCE_LINES_MAX || text->length > UINT32_MAX)
                return DIFFERENCE_TOO_LONG;
        side->bytes = text->bytes;
        side->count = (int32_t)count;
        side->starts = calloc(count + 1, sizeof(*side->starts));
        side->names = calloc(count + 1, sizeof(*side->names));
        side->changed = calloc(count + 1, sizeof(*side->changed));
        if (!side->starts || !side->names || !side->changed)
                return -1;
        for (; line < end; line = end_of_line(line, end))
                side->starts[at++] = (uint32_t)(line - text->bytes);
        side->starts[at] = (uint32_t)text->length;
        return 0;
}

/* A table of the lines that were seen. */
struct known { const char *line; uint32_t length; int32_t name; };
struct names { struct known *slots; size_t mask; int32_t next; };

static uint64_t hash_of(const char *bytes, size_t length)
{
        uint64_t hash = UINT64_C(1469598103934665603);

        for (size_t i = 0; i < length; i++)
                hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
        return hash ^ (hash >> 29);
}

static int32_t name_of(struct names *names, const char *line, uint32_t length)
{
        size_t at = hash_of(line, length) & names->mask;

        while (names->slots[at].line) {
                if (names->slots[at].length == length && memcmp(names->slots[at].line, line, length) == 0)
                        return names->slots[at].name;
                at = (at + 1) & names->mask;
        }
        names->slots[at] = (struct known){ .line = line, .length = length, .name = names->next };
        return names->next++;
}

static void name_lines(struct names *names, struct side *side)
{
        for (int32_t i = 0; i < side->count; i++)
                side->names[i] = name_of(names, side->bytes + side->starts[i], side->starts[i + 1] - side->starts[i]);
}

static int name_all(struct search *search)
{
        size_t size = 16, wanted = 2 * ((size_t)search->a.count + (size_t)search->b.count);
        struct names names = { 0 };

        while (size < wanted)
                size *= 2;
        names.slots = calloc(size, sizeof(*names.slots));
        names.mask = size - 1;
        if (!names.slots)
                return -1;
        name_lines(&names, &search->a);
        name_lines(&names, &search->b);
        free(names.slots);
        return 0;
}

/* --- the shortest way --------------------------------------------------------------------------------------------------- */

/* Lines x0 to x1 of the one against y0 to y1 of the other, and the diagonals that were reached from both corners. */
struct box { int32_t x0, x1, y0, y1; };
struct reach { int32_t least, most; };
struct point { int32_t x, y; };

static bool is_equal(const struct search *search, int32_t x, int32_t y)
{
        return search->a.names[x] == search->b.names[y];
}

/* One diagonal more on either side, but for those outside of the box; beyond them stands a value that loses each comparison. */
static void widen(struct reach *reach, int32_t *row, const struct box *box, int32_t outside)
{
        if (reach->least > box->x0 - box->y1)
                row[--reach->least - 1] = outside;
        else
                reach->least++;
        if (reach->most < box->x1 - box->y0)
                row[++reach->most + 1] = outside;
        else
                reach->most--;
}

static bool go_forward(const struct search *search, const struct box *box, const struct reach *mine, const struct reach *other,
                       bool meets, struct point *ret)
{
        int32_t *row = search->forward;

        for (int32_t d = mine->most; d >= mine->least; d -= 2) {
                int32_t x = row[d - 1] < row[d + 1] ? row[d + 1] : row[d - 1] + 1, y = x - d;

                while (x < box->x1 && y < box->y1 && is_equal(search, x, y)) {
                        x++;
                        y++;
                }
                row[d] = x;
                if (meets && d >= other->least && d <= other->most && search->backward[d] <= x) {
                        *ret = (struct point){ x, y };
                        return true;
                }
        }
        return false;
}

static bool go_backward(const struct search *search, const struct box *box, const struct reach *mine, const struct reach *other,
                        bool meets, struct point *ret)
{
        int32_t *row = search->backward;

        for (int32_t d = mine->most; d >= mine->least; d -= 2) {
                int32_t x = row[d - 1] < row[d + 1] ? row[d - 1] : row[d + 1] - 1, y = x - d;

                while (x > box->x0 && y > box->y0 && is_equal(search, x - 1, y - 1)) {
                        x--;
                        y--;
                }
                row[d] = x;
                if (meets && d >= other->least && d <= other->most && x <= search->forward[d]) {
                        *ret = (struct point){ x, y };
                        return true;
                }
        }
        return false;
}

/* As far as anything came from the upper corner, inside of the box. */
static struct point furthest(const struct search *search, const struct box *box, const struct reach *reach)
{
        struct point best = { box->x0, box->y0 };

        for (int32_t d = reach->most; d >= reach->least; d -= 2) {
                int32_t x = search->forward[d], y;

                x = x < box->x1 ? x : box->x1;
                y = x - d;
                if (y > box->y1) {
                        y = box->y1;
                        x = y + d;
                }
                if (x >= box->x0 && y >= box->y0 && x + y > best.x + best.y)
                        best = (struct point){ x, y };
        }
        return best;
}

/* A point on a short way, which is neither corner; the box is not empty in either direction, and its ends differ. */
static struct point middle(const struct search *search, const struct box *box)
{
        struct reach forward = { box->x0 - box->y0, box->x0 - box->y0 }, backward = { box->x1 - box->y1, box->x1 - box->y1 };
        bool odd = (forward.least - backward.least) & 1;
        struct point met = { 0 };

        search->forward[forward.least] = box->x0;
        search->backward[backward.least] = box->x1;
        for (int cost = 0; cost < COST_MAX; cost++) {
                widen(&forward, search->forward, box, -1);
                if (go_forward(search, box, &forward, &backward, odd, &met))
                        return met;
                widen(&backward, search->backward, box, INT32_MAX);
                if (go_backward(search, box, &backward, &forward, !odd, &met))
                        return met;
        }
        return furthest(search, box, &forward);
}

static void trim(const struct search *search, struct box *box)
{
        while (box->x0 < box->x1 && box->y0 < box->y1 && is_equal(search, box->x0, box->y0)) {
                box->x0++;
                box->y0++;
        }
        while (box->x0 < box->x1 && box->y0 < box->y1 && is_equal(search, box->x1 - 1, box->y1 - 1)) {
                box->x1--;
                box->y1--;
        }
}

static int64_t size_of(const struct box *box)
{
        return (int64_t)(box->x1 - box->x0) + (box->y1 - box->y0);
}

/* Calls itself for the smaller half only, so it is never deeper than the logarithm of the lines. */
static void compare(const struct search *search, struct box box)
{
        for (;;) {
                struct box first, second;
                struct point split;

                trim(search, &box);
                if (box.x0 == box.x1 || box.y0 == box.y1)
                        break;
                split = middle(search, &box);
                first = (struct box){ box.x0, split.x, box.y0, split.y };
                second = (struct box){ split.x, box.x1, split.y, box.y1 };
                compare(search, size_of(&first) < size_of(&second) ? first : second);
                box = size_of(&first) < size_of(&second) ? second : first;
        }
        for (int32_t x = box.x0; x < box.x1; x++)
                search->a.changed[x] = true;
        for (int32_t y = box.y0; y < box.y1; y++)
                search->b.changed[y] = true;
}

static int find(struct search *search)
{
        size_t width = (size_t)search->a.count + (size_t)search->b.count + 3;

        search->rows = calloc(2 * width, sizeof(*search->rows));
        if (!search->rows)
                return -1;
        search->forward = search->rows + search->b.count + 1;
        search->backward = search->forward + width;
        compare(search, (struct box){ 0, search->a.count, 0, search->b.count });
        return 0;
}

/* --- hunks -------------------------------------------------------------------------------------------------------------- */

static void add_line(struct text *out, char sign, const struct side *side, int32_t line)
{
        const char *bytes = side->bytes + side->starts[line];
        size_t length = side->starts[line + 1] - side->starts[line];

        text_add_char(out, sign);
        text_add_n(out, bytes, length);
        if (bytes[length - 1] != '\n')
                text_add(out, "\n\\ No newline at end of file\n");
}

/* The line that stands behind a run of changes that begins at this point. */
static struct point behind_run(const struct search *search, struct point at)
{
        while (at.x < search->a.count && search->a.changed[at.x])
                at.x++;
        while (at.y < search->b.count && search->b.changed[at.y])
                at.y++;
        return at;
}

/* How many lines that are the same follow, at most `most`. */
static int32_t same_run(const struct search *search, struct point at, int32_t most)
{
        int32_t count = 0;

        while (count < most && at.x + count < search->a.count && !search->a.changed[at.x + count] && at.y + count < search->b.count &&
               !search->b.changed[at.y + count])
                count++;
        return count;
}

/* Where a hunk ends whose first change is at `at`: changes that are close to each other share one. */
static struct point end_of_hunk(const struct search *search, struct point at)
{
        for (;;) {
                int32_t same;

                at = behind_run(search, at);
                same = same_run(search, at, 2 * CONTEXT + 1);
                if (same > 2 * CONTEXT || at.x + same == search->a.count) {
                        struct point next = { at.x + same, at.y + same };
                        struct point behind = behind_run(search, next);

                        if (same > 2 * CONTEXT || (behind.x == next.x && behind.y == next.y)) {
                                same = same < CONTEXT ? same : CONTEXT;
                                return (struct point){ at.x + same, at.y + same };
                        }
                }
                at = (struct point){ at.x + same, at.y + same };
        }
}

static void print_hunk(struct text *out, const struct search *search, struct point from, struct point to)
{
        int32_t x_count = to.x - from.x, y_count = to.y - from.y;

        text_addf(out, "@@ -%d,%d +%d,%d @@\n", from.x + (x_count > 0), x_count, from.y + (y_count > 0), y_count);
        while (from.x < to.x || from.y < to.y) {
                struct point next = behind_run(search, from);

                for (; from.x < next.x; from.x++)
                        add_line(out, '-', &search->a, from.x);
                for (; from.y < next.y; from.y++)
                        add_line(out, '+', &search->b, from.y);
                if (from.x < to.x && from.y < to.y) {
                        add_line(out, ' ', &search->a, from.x++);
                        from.y++;
                }
        }
}

static void print_hunks(struct text *out, const struct search *search)
{
        struct point at = { 0, 0 };

        for (;;) {
                int32_t before;
                struct point end;

                while (at.x < search->a.count && at.y < search->b.count && !search->a.changed[at.x] && !search->b.changed[at.y]) {
                        at.x++;
                        at.y++;
                }
                if (at.x == search->a.count && at.y == search->b.count)
                        return;
                before = at.x < at.y ? at.x : at.y;
                before = before < CONTEXT ? before : CONTEXT;
                end = end_of_hunk(search, at);
                print_hunk(out, search, (struct point){ at.x - before, at.y - before }, end);
                at = end;
        }
}

int difference_print(struct text *out, const struct difference_side *before, const struct difference_side *after, struct error *err)
{
        _cleanup_(search_done) struct search search = { 0 };
        int r = split(before, &search.a);

        if (r == 0)
                r = split(after, &search.b);
        if (r == 0)
                r = name_all(&search);
        if (r == 0)
                r = find(&search);
        if (r == DIFFERENCE_TOO_LONG)
                return r;
        if (r < 0)
                return error_memory(err);
        print_hunks(out, &search);
        return text_check(out, err);
}
