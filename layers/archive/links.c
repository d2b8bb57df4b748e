#include "layers/archive/links.h"

#include <stdint.h>
#include <stdlib.h>

/* Where it is, or the free slot where it belongs. */
static struct links_slot *slot_of(const struct links *links, dev_t device, ino_t inode)
{
        size_t at = (size_t)((uint64_t)inode * 0x9e3779b97f4a7c15u >> 20) & (links->size - 1);

        while (links->slots[at].path && (links->slots[at].inode != inode || links->slots[at].device != device))
                at = (at + 1) & (links->size - 1);
        return &links->slots[at];
}

static int grow(struct links *links, struct error *err)
{
        struct links bigger = { .size = links->size ? links->size * 2 : 64 };

        bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
        if (!bigger.slots)
                return error_memory(err);
        for (size_t i = 0; i < links->size; i++)
                if (links->slots[i].path)
                        *slot_of(&bigger, links->slots[i].device, links->slots[i].inode) = links->slots[i];
        free(links->slots);
        links->slots = bigger.slots;
        links->size = bigger.size;
        return 0;
}

int links_find(struct links *links, const struct stat *what, const char *path, const char **ret, struct error *err)
{
        struct links_slot *slot;

        if (links->count * 2 >= links->size && grow(links, err) < 0)
                return err->code;
        slot = slot_of(links, what->st_dev, what->st_ino);
        *ret = slot->path;
        if (slot->path)
                return 0;
        *slot = (struct links_slot){ what->st_dev, what->st_ino, arena_copy(&links->arena, path) };
        if (!slot->path)
                return error_memory(err);
        links->count++;
        return 0;
}

void links_done(struct links *links)
{
        free(links->slots);
        arena_done(&links->arena);
        *links = (struct links){ 0 };
}
