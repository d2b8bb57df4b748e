#include "oci/windows/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hcs/base/guid.h"
#include "hcs/base/text.h"

#define OUR_SPACE "b4f0a6de-53f2-4c39-9c1a-0f3f4a0d2c11"        /* a name space of our own, drawn by lot */

int plan_memory(struct plan *plan)
{
        plan->failed = true;
        return error_memory(plan->err);
}

void *plan_alloc(struct plan *plan, size_t count, size_t size)
{
        void *memory = arena_alloc_array(plan->arena, count, size);

        if (!memory)
                (void)plan_memory(plan);
        return memory;
}

const char *plan_text(struct plan *plan, const char *fmt, ...)
{
        _cleanup_(free_charp) char *text = NULL;
        const char *kept;
        va_list args;
        int length;

        va_start(args, fmt);
        length = vasprintf(&text, fmt, args);
        va_end(args);
        if (length < 0)
                text = NULL;
        kept = length < 0 ? NULL : arena_copy_n(plan->arena, text, (size_t)length);
        if (!kept)
                (void)plan_memory(plan);
        return kept ? kept : "";
}

const char *plan_join(struct plan *plan, const struct strings *strings)
{
        _cleanup_(text_done) struct text joined = { 0 };

        for (size_t i = 0; i < strings->count; i++)
                text_addf(&joined, "%s%s", i ? "," : "", strings->items[i]);
        if (joined.failed)
                (void)plan_memory(plan);
        return joined.length && !joined.failed ? plan_text(plan, "%s", joined.data) : NULL;
}

const char *plan_guid(struct plan *plan, const char *fmt, ...)
{
        char what[64], guid[GUID_TEXT_MAX];
        const char *name;
        va_list args;

        va_start(args, fmt);
        (void)vsnprintf(what, sizeof(what), fmt, args);
        va_end(args);
        name = plan_text(plan, "%s/%s", what, plan->out->id);
        guid_from_name(OUR_SPACE, name, strlen(name), guid);
        return plan_text(plan, "%s", guid);
}

/* Doubles the room of a list when it is full; what lay in it is copied, for an arena takes nothing back. */
static void *next(struct plan *plan, void *items, size_t *count, size_t *room, size_t size, void **ret_items)
{
        *ret_items = items;
        if (*count == *room) {
                size_t wanted = *room ? 2 * *room : 16;
                char *more = plan_alloc(plan, wanted, size);

                if (!more)
                        return NULL;
                if (*count)
                        memcpy(more, items, *count * size);
                *ret_items = more;
                *room = wanted;
        }
        return (char *)*ret_items + (*count)++ * size;
}

struct win_modify_request *plan_modify(struct plan *plan)
{
        void *items;
        struct win_modify_request *request = next(plan, plan->out->modify.items, &plan->out->modify.count, &plan->modify_room,
                                                  sizeof(*request), &items);

        plan->out->modify.items = items;
        return request;
}

struct oci_storage_call *plan_storage(struct plan *plan, int phase, const char *call, const char *path)
{
        void *items;
        struct oci_storage_call *made = next(plan, plan->out->storage.items, &plan->out->storage.count, &plan->storage_room,
                                             sizeof(*made), &items);

        plan->out->storage.items = items;
        if (made)
                *made = (struct oci_storage_call){ .phase = phase, .call = call, .path = path };
        return made;
}

struct oci_network_call *plan_call(struct plan *plan, int phase, const char *call, const char *id)
{
        void *items;
        struct oci_network_call *made = next(plan, plan->out->network.items, &plan->out->network.count, &plan->network_room,
                                             sizeof(*made), &items);

        plan->out->network.items = items;
        if (made)
                *made = (struct oci_network_call){ .phase = phase, .call = call, .id = id };
        return made;
}

int plan_needs_schema(struct plan *plan, uint32_t major, uint32_t minor, const char *what)
{
        const struct doc_version *has = &plan->facts->schema_version;

        if (oci_facts_has_schema(plan->facts, major, minor))
                return 0;
        return error_set(plan->err, E_NOT_SUPPORTED, "%s: needs schema %u.%u of the Host Compute Service, and this host has %u.%u: a "
                         "newer Windows", what, major, minor, has->major, has->minor);
}
