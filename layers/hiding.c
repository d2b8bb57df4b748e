#include "layers/hiding.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/path.h"

int hiding_grow(struct arena *arena, void **items, size_t count, size_t size, struct error *err)
{
        void *more;

        if (count != 0 && (count & (count - 1)) != 0)
                return 0;               /* lists grow when they are a power of two long */
        more = arena_alloc_array(arena, count ? count * 2 : 1, size);
        if (!more)
                return error_memory(err);
        if (count)
                memcpy(more, *items, count * size);
        *items = more;
        return 0;
}

int hiding_add(struct arena *arena, hiding_list *list, const char *path, const char *why, bool directory, struct error *err)
{
        if (hiding_grow(arena, (void **)&list->items, list->count, sizeof(*list->items), err) < 0)
                return err->code;
        list->items[list->count++] = (struct hiding){ path, why, directory };
        return 0;
}

bool hiding_covers(const hiding_list *list, const char *path)
{
        for (size_t i = 0; i < list->count; i++)
                if (path_is_below(path, list->items[i].path))
                        return true;
        return false;
}

/* A slash comes before every other character, so nothing gets between a directory and what lies in it. */
int hiding_compare_paths(const char *a, const char *b)
{
        while (*a && *a == *b) {
                a++;
                b++;
        }
        if (*a == *b)
                return 0;
        if (!*a || !*b)
                return *a ? 1 : -1;
        if (*a == '/' || *b == '/')
                return *a == '/' ? -1 : 1;
        return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int compare(const void *a, const void *b)
{
        return hiding_compare_paths(((const struct hiding *)a)->path, ((const struct hiding *)b)->path);
}

void hiding_settle(hiding_list *list)
{
        size_t kept = 0;

        if (list->count == 0)
                return;
        qsort(list->items, list->count, sizeof(*list->items), compare);
        for (size_t i = 1; i < list->count; i++)
                if (!path_is_below(list->items[i].path, list->items[kept].path))
                        list->items[++kept] = list->items[i];
        list->count = kept + 1;
}
