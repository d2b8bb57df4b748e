#include "hcs/local/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"

#define RESCTRL_MAGIC 0x7655821
#define FILE_MAX (64u << 10)

/* --- the mount point ------------------------------------------------------------------------------------------------------ */

/* A part of it (Root) would do for nothing. */
const char *resctrl_find_in(const mountinfo *mounts)
{
        for (size_t i = 0; i < mounts->count; i++)
                if (text_equal(mounts->items[i].type, "resctrl") && text_equal(mounts->items[i].root, "/"))
                        return mounts->items[i].place;
        return NULL;
}

int resctrl_find(struct arena *arena, const char **ret_mount, struct error *err)
{
        struct statfs kind;
        mountinfo mounts;
        int r;

        *ret_mount = RESCTRL_TOP;
        if (statfs(RESCTRL_TOP, &kind) == 0 && kind.f_type == RESCTRL_MAGIC)
                return 0;
        r = mountinfo_read(arena, 0, &mounts, err);
        if (r < 0)
                return r;
        *ret_mount = resctrl_find_in(&mounts);
        if (*ret_mount)
                return 0;
        return error_set(err, E_NOT_SUPPORTED, "linux.intelRdt: no resctrl is mounted on this machine; `mount -t resctrl resctrl "
                         RESCTRL_TOP "`, if its processor and its kernel (CONFIG_X86_CPU_RESCTRL) have it, or leave the member out");
}

/* --- what is there, and what is wanted -------------------------------------------------------------------------------------- */

static bool is_given(const char *text)
{
        return text && *text;
}

/* What the kernel has to say about the last write or mkdir. */
static int complain(const char *mount, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int top = open(mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct error ignored = { 0 };
        struct error first = *err;
        size_t length;

        if (top < 0 || io_read_file_at(top, "info/last_cmd_status", FILE_MAX, &text, &ignored) < 0 || !text.data)
                return err->code;
        length = strcspn(text.data, "\n");
        if (length == 0 || text_starts_with(text.data, "ok"))
                return err->code;
        return error_set(err, first.code, "%.1500s (the kernel says: %.*s)", first.text, (int)(length < 300 ? length : 300),
                         text.data);
}

/* A part "0=7f0" of a line: bit masks are hexadecimal, bandwidths (MB, SMBA) decimal. */
static bool read_part(const char *part, bool decimal, unsigned long *ret_domain, unsigned long *ret_value)
{
        char *end;

        *ret_domain = strtoul(part, &end, 10);
        if (end == part || *end != '=')
                return false;
        part = end + 1;
        *ret_value = strtoul(part, &end, decimal ? 10 : 16);
        return end != part && (!*end || strchr("; \t\n", *end));
}

static bool has_part(const char *line, bool decimal, unsigned long domain, unsigned long value)
{
        for (const char *part = strchr(line, ':'); part && *part != '\n'; part += strcspn(part, ";\n")) {
                unsigned long there, now;

                if (read_part(part + 1, decimal, &there, &now) && there == domain)
                        return now == value;
                part++;
        }
        return false;
}

/* The line of `schemata` for the same resource as `wanted`: there they are indented. */
static const char *same_resource(const char *schemata, const char *wanted)
{
        size_t name = strcspn(wanted, ":") + 1;

        for (const char *line = schemata; *line; line += strcspn(line, "\n"), line += *line == '\n') {
                line += strspn(line, " \t");
                if (strncmp(line, wanted, name) == 0)
                        return line;
        }
        return NULL;
}

/* Whether each domain that a line names has that value already; order and leading zeros are nobody's business. */
static bool is_as_wanted(const char *schemata, const char *wanted)
{
        const char *now = same_resource(schemata, wanted), *part = strchr(wanted, ':');
        bool decimal = text_starts_with(wanted, "MB:") || text_starts_with(wanted, "SMBA:");

        if (!now || !part)
                return false;
        do {
                unsigned long domain, value;

                if (!read_part(part + 1, decimal, &domain, &value) || !has_part(now, decimal, domain, value))
                        return false;
                part += 1 + strcspn(part + 1, ";\n");
        } while (*part == ';' && part[1] && part[1] != '\n');
        return true;
}

/* A member may have a line for each kind of use (L3CODE, L3DATA). */
static int compare(const struct resctrl *place, const char *schemata, const char *member, const char *wanted, struct error *err)
{
        if (!is_given(wanted))
                return 0;
        for (const char *line = wanted; *line; line += strcspn(line, "\n"), line += *line == '\n') {
                const char *now = same_resource(schemata, line);

                if (is_as_wanted(schemata, line))
                        continue;
                return error_set(err, E_INVALID_DATA, "linux.intelRdt.%s: found \"%.*s\", but the class %s is there already and has "
                                 "\"%.*s\"; make them equal, or name another class by closID", member, (int)strcspn(line, "\n"),
                                 line, place->class, now ? (int)strcspn(now, "\n") : 7, now ? now : "nothing");
        }
        return 0;
}

static int compare_all(const struct resctrl *place, const struct spec_intel_rdt *wanted, struct error *err)
{
        _cleanup_(text_done) struct text now = { 0 };
        _cleanup_(io_closep) int class = -1;
        int r;

        if (!is_given(wanted->l3_cache_schema) && !is_given(wanted->mem_bw_schema))
                return 0;
        class = open(place->class, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (class < 0)
                return error_errno(err, "linux.intelRdt: opening the class %s", place->class);
        r = io_read_file_at(class, "schemata", FILE_MAX, &now, err);
        if (r < 0)
                return error_wrap(err, "linux.intelRdt: the class %s", place->class);
        r = compare(place, now.data ? now.data : "", "l3CacheSchema", wanted->l3_cache_schema, err);
        return r < 0 ? r : compare(place, now.data ? now.data : "", "memBwSchema", wanted->mem_bw_schema, err);
}

/* --- compose ---------------------------------------------------------------------------------------------------------------- */

static bool is_there(const char *path)
{
        return faccessat(AT_FDCWD, path, F_OK, 0) == 0;
}

static int compose_monitor(struct arena *arena, const char *id, struct resctrl *place, struct error *err)
{
        char *info = arena_printf(arena, "%s/info/L3_MON", place->mount);

        place->monitor = arena_printf(arena, "%s%smon_groups/%s", place->class, text_ends_with(place->class, "/") ? "" : "/", id);
        if (!info || !place->monitor)
                return error_memory(err);
        if (!is_there(info))
                return error_set(err, E_NOT_SUPPORTED, "linux.intelRdt.enableMonitoring: this processor or kernel monitors nothing "
                                 "(no %s)", info);
        if (is_there(place->monitor))
                return error_set(err, E_ALREADY_EXISTS, "linux.intelRdt.enableMonitoring: the group %s is there already, and somebody "
                                 "else's; remove it (rmdir), or choose another id", place->monitor);
        return 0;
}

int resctrl_compose(struct arena *arena, const char *mount, const struct spec_intel_rdt *wanted, const char *id,
                    struct resctrl *ret, struct error *err)
{
        bool named = is_given(wanted->clos_id);
        bool asks = is_given(wanted->l3_cache_schema) || is_given(wanted->mem_bw_schema) || wanted->schemata.count > 0;
        struct resctrl place = { .mount = mount };
        int r = 0;

        place.class = mount;
        if (!named || !text_equal(wanted->clos_id, "/"))
                place.class = arena_printf(arena, "%s/%s", mount, named ? wanted->clos_id : id);
        if (!place.class)
                return error_memory(err);
        place.make = !is_there(place.class);
        place.own = place.make && !named;
        if (place.make && named && !asks)
                return error_set(err, E_NOT_FOUND, "linux.intelRdt.closID: there is no class %s, and nothing says what it may use; make it "
                                 "first, or give schemata too", place.class);
        if (!place.make && !named)
                return error_set(err, E_ALREADY_EXISTS, "linux.intelRdt: the class %s is there already, and somebody else's; name it by "
                                 "closID to use it, or choose another id", place.class);
        if (!place.make)
                r = compare_all(&place, wanted, err);
        if (r >= 0 && wanted->enable_monitoring)
                r = compose_monitor(arena, id, &place, err);
        if (r >= 0)
                *ret = place;
        return r;
}

/* --- make, join, remove --------------------------------------------------------------------------------------------------- */

static int make_directory(const struct resctrl *place, const char *path, const char *what, const char *most, struct error *err)
{
        int failure;

        if (mkdir(path, 0755) == 0)
                return 0;
        failure = errno;
        (void)error_errnum(err, failure, "linux.intelRdt: making the %s %s%s%s", what, path,
                           failure == ENOSPC ? ": there are as many as can be, " : "", failure == ENOSPC ? most : "");
        return complain(place->mount, err);
}

int resctrl_make(const struct resctrl *place, struct error *err)
{
        int r = place->make ? make_directory(place, place->class, "class", "see info/*/num_closids", err) : 0;

        return r < 0 || !place->monitor ? r : make_directory(place, place->monitor, "monitoring group", "see info/L3_MON/num_rmids", err);
}

/* The lines of one member, as one write. */
static int write_lines(const struct resctrl *place, int class, const char *member, const char *lines, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r;

        if (!is_given(lines))
                return 0;
        text_addf(&text, "%s%s", lines, text_ends_with(lines, "\n") ? "" : "\n");
        r = text_check(&text, err);
        if (r < 0)
                return r;
        if (io_write_value_at(class, "schemata", text.data, err) == 0)
                return 0;
        (void)error_wrap(err, "linux.intelRdt.%s: writing \"%.200s\" to the class %s", member, lines, place->class);
        return complain(place->mount, err);
}

int resctrl_fill(const struct resctrl *place, const struct spec_intel_rdt *wanted, struct error *err)
{
        _cleanup_(io_closep) int class = -1;
        int r = 0;

        if (!place->make && wanted->schemata.count == 0)
                return 0;
        class = open(place->class, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (class < 0)
                return error_errno(err, "linux.intelRdt: opening the class %s", place->class);
        /* One that was there was compared: it has these two. */
        if (place->make)
                r = write_lines(place, class, "l3CacheSchema", wanted->l3_cache_schema, err);
        if (r >= 0 && place->make)
                r = write_lines(place, class, "memBwSchema", wanted->mem_bw_schema, err);
        for (size_t i = 0; r >= 0 && i < wanted->schemata.count; i++)
                r = write_lines(place, class, "schemata", wanted->schemata.items[i], err);
        return r;
}

/* --- change --------------------------------------------------------------------------------------------------------------- */

/* The lines of now that are about the same resources as `wanted`'s. */
static void add_same(struct text *to, const char *schemata, const char *wanted)
{
        if (!is_given(wanted))
                return;
        for (const char *line = wanted; *line; line += strcspn(line, "\n"), line += *line == '\n') {
                const char *now = same_resource(schemata, line);

                if (now)
                        text_addf(to, "%.*s\n", (int)strcspn(now, "\n"), now);
        }
}

/* Every class but the top lies at the top. */
static int write_both(const char *class, int directory, const struct spec_intel_rdt *wanted, struct error *err)
{
        _cleanup_(text_done) struct text top = { 0 };
        struct resctrl place = { .class = class };
        int r;

        text_addf(&top, "%s/..", class);
        r = text_check(&top, err);
        place.mount = top.data;
        if (r >= 0)
                r = write_lines(&place, directory, "l3CacheSchema", wanted->l3_cache_schema, err);
        return r < 0 ? r : write_lines(&place, directory, "memBwSchema", wanted->mem_bw_schema, err);
}

int resctrl_change(const char *class, const struct spec_intel_rdt *wanted, struct text *ret_before, struct error *err)
{
        _cleanup_(io_closep) int directory = open(class, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(text_done) struct text now = { 0 };
        struct error undoing = { 0 };
        int r;

        if (directory < 0)
                return error_errno(err, "linux.intelRdt: opening the class %s", class);
        if (faccessat(directory, "info", F_OK, 0) == 0)
                return error_set(err, E_NOT_SUPPORTED, "linux.intelRdt: this sandbox has the class at the top, %s, as everybody has who "
                                 "was given none; name one of its own by closID", class);
        r = io_read_file_at(directory, "schemata", FILE_MAX, &now, err);
        if (r < 0)
                return error_wrap(err, "linux.intelRdt: the class %s", class);
        add_same(ret_before, now.data ? now.data : "", wanted->l3_cache_schema);
        add_same(ret_before, now.data ? now.data : "", wanted->mem_bw_schema);
        r = text_check(ret_before, err);
        if (r < 0)
                return r;
        r = write_both(class, directory, wanted, err);
        if (r < 0 && resctrl_put_back(class, ret_before, &undoing) < 0)
                return error_wrap(err, "(the old lines could not be put back: %s)", undoing.text);
        return r;
}

int resctrl_put_back(const char *class, const struct text *before, struct error *err)
{
        _cleanup_(io_closep) int directory = -1;

        if (before->length == 0)
                return 0;
        directory = open(class, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
                return error_errno(err, "linux.intelRdt: opening the class %s", class);
        return io_write_value_at(directory, "schemata", before->data, err) < 0 ? error_wrap(err, "linux.intelRdt: the class %s", class) : 0;
}

static int join_one(const struct resctrl *place, const char *group, const char *number, struct error *err)
{
        _cleanup_(io_closep) int directory = open(group, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (directory < 0)
                return error_errno(err, "linux.intelRdt: opening %s", group);
        if (io_write_value_at(directory, "tasks", number, err) == 0)
                return 0;
        (void)error_wrap(err, "linux.intelRdt: putting process %s into %s", number, group);
        return complain(place->mount, err);
}

int resctrl_join(const struct resctrl *place, pid_t pid, struct error *err)
{
        char number[16];
        int r = 0;

        (void)snprintf(number, sizeof(number), "%d", (int)pid);
        if (place->class)
                r = join_one(place, place->class, number, err);
        return r < 0 || !place->monitor ? r : join_one(place, place->monitor, number, err);
}

static int remove_one(const char *path, struct error *err)
{
        if (rmdir(path) == 0 || errno == ENOENT)
                return 0;
        return error_errno(err, "removing %s of linux.intelRdt", path);
}

int resctrl_remove(const struct resctrl *place, struct error *err)
{
        int r = place->monitor ? remove_one(place->monitor, err) : 0;

        return r < 0 || !place->own ? r : remove_one(place->class, err);
}
