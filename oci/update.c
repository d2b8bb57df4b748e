#include "oci/update.h"

#include <string.h>

#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "hcs/schema/document.h"
#include "hcs/schema/windows-modify.h"
#include "oci/check.h"

int oci_resources_parse(const char *text, size_t length, const char *what, struct arena *arena, struct spec_resources *ret,
                        struct error *err)
{
        struct spec_resources resources = { 0 };
        struct json_value *value;
        int r;

        r = json_parse(arena, text, length, what, &value, err);
        if (r >= 0)
                r = json_read(arena, spec_resources_fields, value, &resources, "", JSON_IGNORE_UNKNOWN, err);
        if (r < 0)
                return r == E_NO_MEMORY ? r : error_wrap(err, "%s", what);
        *ret = resources;
        return 0;
}

/* --- one over the other -------------------------------------------------------------------------------------------------- */

static void take_signed(const int64_t **old, const int64_t *change)
{
        if (change && *change != 0)
                *old = change;
}

static void take_unsigned(const uint64_t **old, const uint64_t *change)
{
        if (change && *change != 0)
                *old = change;
}

static void take_weight(const uint32_t **old, const uint32_t *change)
{
        if (change && *change != 0)
                *old = change;
}

static void take_text(const char **old, const char *change)
{
        if (change && *change)
                *old = change;
}

static const struct spec_memory *merge_memory(const struct spec_memory *old, const struct spec_memory *change, struct arena *arena)
{
        struct spec_memory *merged = arena_alloc(arena, sizeof(*merged));

        if (!merged)
                return NULL;
        if (old)
                *merged = *old;
        take_signed(&merged->limit, change->limit);
        take_signed(&merged->reservation, change->reservation);
        take_signed(&merged->swap, change->swap);
        take_signed(&merged->kernel, change->kernel);
        take_signed(&merged->kernel_tcp, change->kernel_tcp);
        if (change->limit && *change->limit < 0 && !(change->swap && *change->swap) && merged->swap && *merged->swap != 0)
                merged->swap = change->limit;   /* no limit for memory alone is none for both */
        if (change->swappiness)
                merged->swappiness = change->swappiness;
        if (change->disable_oom_killer)
                merged->disable_oom_killer = change->disable_oom_killer;
        merged->check_before_update = change->check_before_update;
        return merged;
}

static const struct spec_cpu *merge_cpu(const struct spec_cpu *old, const struct spec_cpu *change, struct arena *arena)
{
        struct spec_cpu *merged = arena_alloc(arena, sizeof(*merged));

        if (!merged)
                return NULL;
        if (old)
                *merged = *old;
        take_unsigned(&merged->shares, change->shares);
        take_unsigned(&merged->period, change->period);
        take_unsigned(&merged->realtime_period, change->realtime_period);
        take_signed(&merged->quota, change->quota);
        take_signed(&merged->realtime_runtime, change->realtime_runtime);
        take_text(&merged->cpus, change->cpus);
        take_text(&merged->mems, change->mems);
        if (change->idle)
                merged->idle = change->idle;
        if (change->burst)
                merged->burst = change->burst;
        return merged;
}

/* Lists whose items have a name: an item of the change takes the place of the old one of that name, or comes behind all. */
struct named_list { void *items; size_t count; };

static int merge_named(struct named_list *old, const struct named_list *change, size_t size, bool (*same)(const void *, const void *),
                       struct arena *arena)
{
        char *items;
        size_t count = old->count;

        if (change->count == 0)
                return 0;
        items = arena_alloc_array(arena, old->count + change->count, size);
        if (!items)
                return -1;
        if (count)
                memcpy(items, old->items, count * size);
        for (size_t i = 0; i < change->count; i++) {
                const char *item = (const char *)change->items + i * size;
                size_t at = 0;

                while (at < count && !same(items + at * size, item))
                        at++;
                memcpy(items + at * size, item, size);
                count += at == count;
        }
        *old = (struct named_list){ items, count };
        return 0;
}

#define MERGE_NAMED(old, change, same, arena) ({                                                                                \
        struct named_list list_ = { (old)->items, (old)->count }, change_ = { (change)->items, (change)->count };               \
        int merged_ = merge_named(&list_, &change_, sizeof(*(old)->items), same, arena);                                        \
        (old)->items = list_.items;                                                                                             \
        (old)->count = list_.count;                                                                                             \
        merged_; })

static bool same_rate(const void *a, const void *b)
{
        const struct spec_throttle_device *one = a, *other = b;

        return one->major == other->major && one->minor == other->minor;
}

static bool same_weight(const void *a, const void *b)
{
        const struct spec_weight_device *one = a, *other = b;

        return one->major == other->major && one->minor == other->minor;
}

static bool same_page_size(const void *a, const void *b)
{
        const struct spec_hugepage_limit *one = a, *other = b;

        return text_equal(one->page_size, other->page_size);
}

static bool same_interface(const void *a, const void *b)
{
        const struct spec_interface_priority *one = a, *other = b;

        return text_equal(one->name, other->name);
}

static bool same_key(const void *a, const void *b)              /* the key is first in the items of every map */
{
        return text_equal(*(const char *const *)a, *(const char *const *)b);
}

static const struct spec_block_io *merge_io(const struct spec_block_io *old, const struct spec_block_io *change, struct arena *arena)
{
        struct spec_block_io *merged = arena_alloc(arena, sizeof(*merged));

        if (!merged)
                return NULL;
        if (old)
                *merged = *old;
        take_weight(&merged->weight, change->weight);
        take_weight(&merged->leaf_weight, change->leaf_weight);
        if (MERGE_NAMED(&merged->weight_device, &change->weight_device, same_weight, arena) < 0 ||
            MERGE_NAMED(&merged->read_bps, &change->read_bps, same_rate, arena) < 0 ||
            MERGE_NAMED(&merged->write_bps, &change->write_bps, same_rate, arena) < 0 ||
            MERGE_NAMED(&merged->read_iops, &change->read_iops, same_rate, arena) < 0 ||
            MERGE_NAMED(&merged->write_iops, &change->write_iops, same_rate, arena) < 0)
                return NULL;
        return merged;
}

static const struct spec_network *merge_network(const struct spec_network *old, const struct spec_network *change, struct arena *arena)
{
        struct spec_network *merged = arena_alloc(arena, sizeof(*merged));

        if (!merged)
                return NULL;
        if (old)
                *merged = *old;
        take_weight(&merged->class_id, change->class_id);
        return MERGE_NAMED(&merged->priorities, &change->priorities, same_interface, arena) < 0 ? NULL : merged;
}

static int merge(struct spec_resources *merged, const struct spec_resources *change, struct arena *arena, struct error *err)
{
        if ((change->memory && !(merged->memory = merge_memory(merged->memory, change->memory, arena))) ||
            (change->cpu && !(merged->cpu = merge_cpu(merged->cpu, change->cpu, arena))) ||
            (change->block_io && !(merged->block_io = merge_io(merged->block_io, change->block_io, arena))) ||
            (change->network && !(merged->network = merge_network(merged->network, change->network, arena))) ||
            MERGE_NAMED(&merged->hugepage_limits, &change->hugepage_limits, same_page_size, arena) < 0 ||
            MERGE_NAMED(&merged->rdma, &change->rdma, same_key, arena) < 0 ||
            MERGE_NAMED(&merged->unified, &change->unified, same_key, arena) < 0)
                return error_memory(err);
        if (change->pids && change->pids->limit && *change->pids->limit != 0)
                merged->pids = change->pids;
        if (change->devices.count > 0) {
                merged->devices.items = change->devices.items;
                merged->devices.count = change->devices.count;
        }
        return 0;
}

int oci_resources_merge(const struct spec_resources *old, const struct spec_resources *change, const struct log *log,
                        struct arena *arena, struct spec_resources *ret, struct error *err)
{
        const struct check check = { .log = log, .err = err, .at = "", .index = CHECK_NO_INDEX };
        struct spec_resources merged = { 0 };
        int r;

        if (old)
                merged = *old;
        r = merge(&merged, change, arena, err);
        if (r >= 0)
                r = check_resources(&check, &merged);
        if (r < 0)
                return r;
        *ret = merged;
        return 0;
}

int oci_check_rdt_change(const struct spec_intel_rdt *change, struct error *err)
{
        const struct check check = { .err = err, .at = "", .index = CHECK_NO_INDEX };

        return check_intel_rdt(&check, change);
}

/* --- the request --------------------------------------------------------------------------------------------------------- */

int oci_compile_update(const struct spec_resources *resources, const struct spec_intel_rdt *rdt, char **ret, struct error *err)
{
        const struct doc_constraints constraints = { .linux_ = resources, .intel_rdt = rdt };
        const struct win_guest_request guest = {
                .resource_type = "ContainerConstraints", .request_type = WIN_REQUEST_UPDATE,
                .settings = { .fields = doc_constraints_fields, .object = &constraints },
        };
        const struct win_modify_request request = { .guest_request = &guest };
        _cleanup_(text_done) struct text out = { 0 };

        json_write(&out, win_modify_request_fields, &request);
        return text_take(&out, ret, err);
}
