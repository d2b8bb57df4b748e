#include "src/lib/ids.h"

#include <stdlib.h>
#include <string.h>

int ids_add(struct ids *ids, struct arena *arena, const char *id, struct error *err)
{
        struct strings *list = &ids->list;

        if (list->count == ids->size) {
                size_t size = ids->size ? ids->size * 2 : 64;
                const char **items = arena_alloc_array(arena, size, sizeof(*items));

                if (!items)
                        return error_memory(err);
                if (list->count)
                        memcpy(items, list->items, list->count * sizeof(*items));
                list->items = items;
                ids->size = size;
        }
        list->items[list->count] = arena_copy(arena, id);
        return list->items[list->count++] ? 0 : error_memory(err);
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void ids_sort(struct ids *ids)
{
        if (ids->list.count)
                qsort(ids->list.items, ids->list.count, sizeof(*ids->list.items), by_name);
}
