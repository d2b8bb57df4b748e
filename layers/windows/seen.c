#include "layers/windows/seen.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/digest.h"
#include "layers/windows/names.h"

#define KIND_BITS 4
#define FIRST_SIZE 1024u

struct key { uint64_t folded; uint32_t folded_too, exact; };

static uint64_t number_of(const char *digits, int count)
{
        uint64_t number = 0;

        while (count-- > 0) {
                char c = *digits++;

                number = number << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        return number;
}

static void sum(const char *text, char ret[DIGEST_TEXT_MAX])
{
        struct digest digest;

        digest_begin(&digest);
        digest_add(&digest, text, strlen(text));
        digest_end(&digest, ret, DIGEST_TEXT_MAX - 1);
}

static struct key key_of(const char *path)
{
        char folded[2 * WINNAMES_PATH_MAX + 1], of_folded[DIGEST_TEXT_MAX], of_exact[DIGEST_TEXT_MAX];

        winnames_fold(path, folded);
        sum(folded, of_folded);
        sum(path, of_exact);
        return (struct key){ number_of(of_folded, 16), (uint32_t)number_of(of_folded + 16, 8), (uint32_t)number_of(of_exact, 7) };
}

/* Where it is, or would be. */
static struct winseen_slot *slot_of(const struct winseen *seen, uint64_t folded, uint32_t folded_too)
{
        for (uint64_t at = folded;; at++) {
                struct winseen_slot *slot = &seen->slots[at & (seen->size - 1)];

                if (!slot->exact_and_kind || (slot->folded == folded && slot->folded_too == folded_too))
                        return slot;
        }
}

enum winseen_kind winseen_find(const struct winseen *seen, const char *path, int *ret_same)
{
        struct key key;
        const struct winseen_slot *slot;

        *ret_same = 0;
        if (!seen->size)
                return WINSEEN_NONE;
        key = key_of(path);
        slot = slot_of(seen, key.folded, key.folded_too);
        *ret_same = slot->exact_and_kind >> KIND_BITS == key.exact;
        return (enum winseen_kind)(slot->exact_and_kind & ((1u << KIND_BITS) - 1));
}

static int grow(struct winseen *seen, struct error *err)
{
        struct winseen larger = { .size = seen->size ? 2 * seen->size : FIRST_SIZE, .count = seen->count };

        larger.slots = calloc(larger.size, sizeof(*larger.slots));
        if (!larger.slots)
                return error_memory(err);
        for (uint64_t i = 0; i < seen->size; i++)
                if (seen->slots[i].exact_and_kind)
                        *slot_of(&larger, seen->slots[i].folded, seen->slots[i].folded_too) = seen->slots[i];
        free(seen->slots);
        *seen = larger;
        return 0;
}

int winseen_put(struct winseen *seen, const char *path, enum winseen_kind kind, struct error *err)
{
        struct key key = key_of(path);
        struct winseen_slot *slot;

        if (4 * (seen->count + 1) > 3 * seen->size && grow(seen, err) < 0)
                return err->code;
        slot = slot_of(seen, key.folded, key.folded_too);
        seen->count += !slot->exact_and_kind;
        *slot = (struct winseen_slot){ key.folded, key.folded_too, key.exact << KIND_BITS | (uint32_t)kind };
        return 0;
}

void winseen_done(struct winseen *seen)
{
        free(seen->slots);
        *seen = (struct winseen){ .size = 0 };
}
