/* What a class may use and what it has used, as `runc events` tells it.  The kernel shows only what the processor has, and says
 * "Unavailable" or "Error" where a counter has no number: what isn't there is left out.
 *
 * Facts: runc libcontainer/intelrdt (which files make which member), the kernel's Documentation/filesystems/resctrl.rst. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/base/text.h"
#include "hcs/local/resctrl.h"

#define FILE_MAX (64u << 10)
#define DOMAINS_MAX 256

/* A file's first line, or NULL: what can't be read counts as not there. */
static const char *read_word(struct arena *arena, int dir, const char *file)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };

        if (io_read_file_at(dir, file, FILE_MAX, &text, &ignored) < 0 || !text.data)
                return NULL;
        return arena_copy_n(arena, text.data, strcspn(text.data, "\n"));
}

static bool read_number(struct arena *arena, int dir, const char *file, uint64_t *ret)
{
        const char *word = read_word(arena, dir, file);

        return word && text_to_u64(word, ret) == 0;
}

/* The line of `schemata` that begins with "L3:" or "MB:"; there they are indented. */
static const char *read_schema(struct arena *arena, int class, const char *resource)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };

        if (io_read_file_at(class, "schemata", FILE_MAX, &text, &ignored) < 0 || !text.data)
                return NULL;
        for (const char *line = text.data; *line; line += strcspn(line, "\n"), line += *line == '\n') {
                line += strspn(line, " \t");
                if (text_starts_with(line, resource))
                        return arena_copy_n(arena, line, strcspn(line, "\n"));
        }
        return NULL;
}

static const struct stat_l3_cache_info *read_l3_info(struct arena *arena, int top)
{
        struct stat_l3_cache_info *info = arena_alloc(arena, sizeof(*info));

        if (!info || faccessat(top, "info/L3", F_OK, 0) < 0)
                return NULL;
        info->cbm_mask = read_word(arena, top, "info/L3/cbm_mask");
        (void)read_number(arena, top, "info/L3/min_cbm_bits", &info->min_cbm_bits);
        (void)read_number(arena, top, "info/L3/num_closids", &info->num_closids);
        return info;
}

static const struct stat_mem_bw_info *read_mb_info(struct arena *arena, int top)
{
        struct stat_mem_bw_info *info = arena_alloc(arena, sizeof(*info));

        if (!info || faccessat(top, "info/MB", F_OK, 0) < 0)
                return NULL;
        (void)read_number(arena, top, "info/MB/bandwidth_gran", &info->bandwidth_gran);
        (void)read_number(arena, top, "info/MB/delay_linear", &info->delay_linear);
        (void)read_number(arena, top, "info/MB/min_bandwidth", &info->min_bandwidth);
        (void)read_number(arena, top, "info/MB/num_closids", &info->num_closids);
        return info;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The cache domains of a group, in order: directories such as mon_L3_00. */
static int read_domains(struct arena *arena, int group, struct strings *ret, struct error *err)
{
        DIR *listing = listing_open(group, "mon_data");
        struct dirent *entry;
        int r = 0;

        if (!listing)
                return 0;
        ret->items = arena_alloc_array(arena, DOMAINS_MAX, sizeof(*ret->items));
        if (!ret->items)
                r = error_memory(err);
        while (r >= 0 && ret->count < DOMAINS_MAX && (entry = listing_next(listing)))
                if (text_starts_with(entry->d_name, "mon_L3_")) {
                        ret->items[ret->count] = arena_printf(arena, "mon_data/%s", entry->d_name);
                        if (!ret->items[ret->count++])
                                r = error_memory(err);
                }
        closedir(listing);
        if (r >= 0 && ret->count > 1)
                qsort(ret->items, ret->count, sizeof(*ret->items), by_name);
        return r;
}

static int read_used(struct arena *arena, int group, struct stat_rdt *ret, struct error *err)
{
        struct strings domains = { 0 };
        int r = read_domains(arena, group, &domains, err);

        if (r < 0 || domains.count == 0)
                return r;
        ret->mbm.items = arena_alloc_array(arena, domains.count, sizeof(*ret->mbm.items));
        ret->cmt.items = arena_alloc_array(arena, domains.count, sizeof(*ret->cmt.items));
        if (!ret->mbm.items || !ret->cmt.items)
                return error_memory(err);
        for (size_t i = 0; i < domains.count; i++) {
                _cleanup_(io_closep) int domain = openat(group, domains.items[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
                struct stat_mbm *mbm = &ret->mbm.items[ret->mbm.count];
                struct stat_cmt *cmt = &ret->cmt.items[ret->cmt.count];
                bool total = domain >= 0 && read_number(arena, domain, "mbm_total_bytes", &mbm->total_bytes);
                bool local = domain >= 0 && read_number(arena, domain, "mbm_local_bytes", &mbm->local_bytes);

                ret->mbm.count += total || local;
                ret->cmt.count += domain >= 0 && read_number(arena, domain, "llc_occupancy", &cmt->llc_occupancy);
        }
        return 0;
}

int resctrl_statistics(struct arena *arena, const struct resctrl *place, struct stat_rdt *ret, struct error *err)
{
        const char *counted = place->monitor ? place->monitor : place->own ? place->class : NULL;
        _cleanup_(io_closep) int class = open(place->class, O_PATH | O_DIRECTORY | O_CLOEXEC), top = -1, group = -1;

        *ret = (struct stat_rdt){ 0 };
        if (class < 0)
                return error_errno(err, "opening the class %s of linux.intelRdt", place->class);
        top = faccessat(class, "info", F_OK, 0) == 0 ? dup(class) : openat(class, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (top < 0)
                return error_errno(err, "opening what %s lies in", place->class);
        ret->l3_cache_info = read_l3_info(arena, top);
        ret->l3_cache_schema_root = read_schema(arena, top, "L3:");
        ret->l3_cache_schema = read_schema(arena, class, "L3:");
        ret->mem_bw_info = read_mb_info(arena, top);
        ret->mem_bw_schema_root = read_schema(arena, top, "MB:");
        ret->mem_bw_schema = read_schema(arena, class, "MB:");
        if (!counted)
                return 0;
        group = open(counted, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return group < 0 ? error_errno(err, "opening %s", counted) : read_used(arena, group, ret, err);
}
