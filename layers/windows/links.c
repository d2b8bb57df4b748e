#include "layers/windows/links.h"

#define FIRST_SIZE 256u

static struct winlinks_slot *slot_of(const struct winlinks *links, uint64_t device, uint64_t number)
{
        for (uint64_t at = number * UINT64_C(0x9e3779b97f4a7c15) ^ device;; at++) {
                struct winlinks_slot *slot = &links->slots[at & (links->size - 1)];

                if (!slot->path || (slot->device == device && slot->number == number))
                        return slot;
        }
}

static int grow(struct winlinks *links, struct error *err)
{
        struct winlinks larger = { .size = links->size ? 2 * links->size : FIRST_SIZE };

        larger.slots = calloc(larger.size, sizeof(*larger.slots));
        if (!larger.slots)
                return error_memory(err);
        for (size_t i = 0; i < links->size; i++)
                if (links->slots[i].path)
                        *slot_of(&larger, links->slots[i].device, links->slots[i].number) = links->slots[i];
        free(links->slots);
        links->slots = larger.slots;
        links->size = larger.size;
        return 0;
}

int winlinks_find(struct winlinks *links, uint64_t device, uint64_t number, const char *path, const char **ret, struct error *err)
{
        struct winlinks_slot *slot;

        if (2 * (links->count + 1) > links->size && grow(links, err) < 0)
                return err->code;
        slot = slot_of(links, device, number);
        *ret = slot->path;
        if (slot->path)
                return 0;
        *slot = (struct winlinks_slot){ device, number, arena_copy(&links->arena, path) };
        links->count++;
        return slot->path ? 0 : error_memory(err);
}

void winlinks_done(struct winlinks *links)
{
        free(links->slots);
        arena_done(&links->arena);
}
