/* What a group has used, read out of the files of its controllers.  A file that is not there (its controller is not, or on v1
 * nobody asked for its hierarchy) counts as 0, as in runc. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/listing.h"
#include "hcs/local/cgroup-kinds.h"

#define FILE_MAX (1u << 20)
#define NS_A_TICK 10000000u             /* USER_HZ is 100 for every program there is */

/* --- words and numbers --------------------------------------------------------------------------------------------------- */

/* "" for what is not there. */
static char *read_text(struct arena *arena, int dir, const char *file)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };

        if (dir < 0 || faccessat(dir, file, F_OK, 0) < 0 || io_read_file_at(dir, file, FILE_MAX, &text, &ignored) < 0)
                return arena_copy(arena, "");
        return arena_copy(arena, text.data ? text.data : "");
}

/* "max" is the most there is. */
static uint64_t number_in(const char *text)
{
        return text_starts_with(text, "max") ? UINT64_MAX : strtoull(text, NULL, 10);
}

static uint64_t read_number(struct arena *arena, int dir, const char *file)
{
        const char *text = read_text(arena, dir, file);

        return text ? number_in(text) : 0;
}

static const char *next_line(const char *line)
{
        line += strcspn(line, "\n");
        return line + (*line == '\n');
}

/* The number behind a word at the beginning of a line. */
static uint64_t find_number(const char *text, const char *word)
{
        size_t length = strlen(word);

        for (const char *line = text ? text : ""; *line; line = next_line(line))
                if (strncmp(line, word, length) == 0 && line[length] == ' ')
                        return number_in(line + length + 1);
        return 0;
}

static size_t count_lines(const char *text)
{
        size_t count = 1;

        for (; *text; text++)
                count += *text == '\n';
        return count;
}

static int read_map(struct arena *arena, const char *text, struct number_map *ret, struct error *err)
{
        ret->items = text ? arena_alloc_array(arena, count_lines(text), sizeof(*ret->items)) : NULL;
        if (!ret->items)
                return error_memory(err);
        for (const char *line = text; *line; line = next_line(line)) {
                size_t length = strcspn(line, " \n");

                if (length == 0 || line[length] != ' ')
                        continue;
                ret->items[ret->count].key = arena_copy_n(arena, line, length);
                ret->items[ret->count].value = number_in(line + length + 1);
                if (!ret->items[ret->count++].key)
                        return error_memory(err);
        }
        return 0;
}

/* Numbers of one line, or those of column `column` of a table with a heading. */
static int read_numbers(struct arena *arena, const char *text, struct uint64s *ret, struct error *err)
{
        char *end;

        ret->items = text ? arena_alloc_array(arena, strlen(text) / 2 + 1, sizeof(*ret->items)) : NULL;
        if (!ret->items)
                return error_memory(err);
        for (;; text = end) {
                uint64_t number = strtoull(text, &end, 10);

                if (end == text)
                        return 0;
                ret->items[ret->count++] = number;
        }
}

/* "0-2,5" */
static int read_set(struct arena *arena, const char *text, struct uint32s *ret, struct error *err)
{
        size_t size = 0;

        for (int pass = 0; pass < 2; pass++) {
                const char *at = text ? text : "";

                while (*at >= '0' && *at <= '9') {
                        char *end;
                        unsigned long first = strtoul(at, &end, 10), last = *end == '-' ? strtoul(end + 1, &end, 10) : first;

                        for (; first <= last && last < 65536; first++) {
                                if (pass)
                                        ret->items[ret->count++] = (uint32_t)first;
                                else
                                        size++;
                        }
                        at = end + (*end == ',');
                }
                if (!pass)
                        ret->items = arena_alloc_array(arena, size + 1, sizeof(*ret->items));
                if (!ret->items)
                        return error_memory(err);
        }
        return 0;
}

/* --- pressure ------------------------------------------------------------------------------------------------------------- */

static const struct json_value *word_behind(struct arena *arena, const char *line, const char *key)
{
        const char *at = strstr(line, key);
        struct json_value *value = arena_alloc(arena, sizeof(*value));
        size_t length;

        if (!at || !value || at > line + strcspn(line, "\n"))
                return NULL;
        at += strlen(key);
        length = strspn(at, "0123456789.");
        *value = (struct json_value){ .type = JSON_NUMBER, .text = arena_copy_n(arena, at, length), .length = length };
        return value->text ? value : NULL;
}

static const struct stat_pressure *read_pressure(struct arena *arena, int dir, const char *file)
{
        const char *text = read_text(arena, dir, file);
        struct stat_pressure *pressure = arena_alloc(arena, sizeof(*pressure));

        if (!text || !*text || !pressure)
                return NULL;                    /* before Linux 4.20, or switched off */
        for (const char *line = text; *line; line = next_line(line)) {
                struct stat_pressure_line *to = text_starts_with(line, "full") ? &pressure->full : &pressure->some;
                const char *total = strstr(line, "total=");

                to->avg10 = word_behind(arena, line, "avg10=");
                to->avg60 = word_behind(arena, line, "avg60=");
                to->avg300 = word_behind(arena, line, "avg300=");
                to->total = total ? strtoull(total + 6, NULL, 10) : 0;
        }
        return pressure;
}

/* --- huge pages: their files name themselves ------------------------------------------------------------------------------- */

static int read_huge_pages(struct arena *arena, int dir, const char *const endings[3], struct statistics *ret, struct error *err)
{
        _cleanup_(io_close_dirp) DIR *files = dir >= 0 ? listing_open(dir, ".") : NULL;
        struct dirent *entry;

        ret->huge_pages.items = arena_alloc_array(arena, 64, sizeof(*ret->huge_pages.items));
        if (!ret->huge_pages.items)
                return error_memory(err);
        while (files && ret->huge_pages.count < 64 && (entry = listing_next(files))) {
                const char *size = text_starts_with(entry->d_name, "hugetlb.") ? entry->d_name + 8 : "";
                size_t length = strcspn(size, ".");
                struct stat_huge_pages *to = &ret->huge_pages.items[ret->huge_pages.count].value;
                char file[300];

                if (!length || size[length] != '.' || !text_equal(size + length + 1, endings[0]))
                        continue;
                ret->huge_pages.items[ret->huge_pages.count].key = arena_copy_n(arena, size, length);
                if (!ret->huge_pages.items[ret->huge_pages.count++].key)
                        return error_memory(err);
                to->usage = read_number(arena, dir, entry->d_name);
                snprintf(file, sizeof(file), "hugetlb.%.*s.%s", (int)length, size, endings[1]);
                to->max = read_number(arena, dir, file);
                snprintf(file, sizeof(file), "hugetlb.%.*s.%s", (int)length, size, endings[2]);
                to->failcnt = text_equal(endings[2], "events") ? find_number(read_text(arena, dir, file), "max")
                                                               : read_number(arena, dir, file);
        }
        return 0;
}

/* --- v1 ------------------------------------------------------------------------------------------------------------------- */

static int open_in(const struct cgroup *cgroup, int controller)
{
        char path[CGROUP_PATH_MAX];

        if (!cgroup->tree->mount[controller])
                return -1;
        cgroup_directory(cgroup->tree->mount[controller], cgroup->path, path);
        return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* "cpu user system", and a line for each processor. */
static int v1_read_usage_of_each(struct arena *arena, const char *text, struct stat_cpu_usage *ret, struct error *err)
{
        size_t lines = text ? count_lines(text) : 1;

        ret->percpu_user.items = arena_alloc_array(arena, lines, sizeof(uint64_t));
        ret->percpu_kernel.items = arena_alloc_array(arena, lines, sizeof(uint64_t));
        if (!text || !ret->percpu_user.items || !ret->percpu_kernel.items)
                return error_memory(err);
        for (const char *line = next_line(text); *line; line = next_line(line)) {
                char *end;

                (void)strtoull(line, &end, 10);
                ret->percpu_user.items[ret->percpu_user.count++] = strtoull(end, &end, 10);
                ret->percpu_kernel.items[ret->percpu_kernel.count++] = strtoull(end, &end, 10);
        }
        return 0;
}

static int v1_read_cpu(struct arena *arena, const struct cgroup *cgroup, struct stat_cpu *ret, struct error *err)
{
        _cleanup_(io_closep) int account = open_in(cgroup, CGROUP_CPUACCT), cpu = open_in(cgroup, CGROUP_CPU);
        const char *ticks = read_text(arena, account, "cpuacct.stat"), *stat = read_text(arena, cpu, "cpu.stat");
        int r;

        ret->usage.total = read_number(arena, account, "cpuacct.usage");
        ret->usage.user = find_number(ticks, "user") * NS_A_TICK;
        ret->usage.kernel = find_number(ticks, "system") * NS_A_TICK;
        r = read_numbers(arena, read_text(arena, account, "cpuacct.usage_percpu"), &ret->usage.percpu, err);
        if (r >= 0)
                r = v1_read_usage_of_each(arena, read_text(arena, account, "cpuacct.usage_all"), &ret->usage, err);
        ret->throttling.periods = find_number(stat, "nr_periods");
        ret->throttling.throttled_periods = find_number(stat, "nr_throttled");
        ret->throttling.throttled_time = find_number(stat, "throttled_time");
        return r;
}

static int v1_read_cpuset(struct arena *arena, const struct cgroup *cgroup, struct stat_cpuset *ret, struct error *err)
{
        _cleanup_(io_closep) int dir = open_in(cgroup, CGROUP_CPUSET);
        const char *level = read_text(arena, dir, "cpuset.sched_relax_domain_level");
        int r = read_set(arena, read_text(arena, dir, "cpuset.cpus"), &ret->cpus, err);

        if (r >= 0)
                r = read_set(arena, read_text(arena, dir, "cpuset.mems"), &ret->mems, err);
        ret->cpu_exclusive = read_number(arena, dir, "cpuset.cpu_exclusive");
        ret->mem_hardwall = read_number(arena, dir, "cpuset.mem_hardwall");
        ret->mem_exclusive = read_number(arena, dir, "cpuset.mem_exclusive");
        ret->memory_migrate = read_number(arena, dir, "cpuset.memory_migrate");
        ret->memory_spread_page = read_number(arena, dir, "cpuset.memory_spread_page");
        ret->memory_spread_slab = read_number(arena, dir, "cpuset.memory_spread_slab");
        ret->memory_pressure = read_number(arena, dir, "cpuset.memory_pressure");
        ret->sched_load_balance = read_number(arena, dir, "cpuset.sched_load_balance");
        ret->sched_relax_domain_level = level ? strtoll(level, NULL, 10) : 0;
        return r;
}

static void v1_read_entry(struct arena *arena, int dir, const char *name, struct stat_memory_entry *ret)
{
        const struct { const char *file; uint64_t *number; } parts[] = {
                { "usage_in_bytes", &ret->usage }, { "max_usage_in_bytes", &ret->max }, { "failcnt", &ret->failcnt },
                { "limit_in_bytes", &ret->limit },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
                char file[80];

                snprintf(file, sizeof(file), "memory.%s%s", name, parts[i].file);
                *parts[i].number = read_number(arena, dir, file);
        }
}

static int v1_read_memory(struct arena *arena, const struct cgroup *cgroup, struct stat_memory *ret, struct error *err)
{
        _cleanup_(io_closep) int dir = open_in(cgroup, CGROUP_MEMORY);
        const char *stat = read_text(arena, dir, "memory.stat");

        v1_read_entry(arena, dir, "", &ret->usage);
        v1_read_entry(arena, dir, "memsw.", &ret->swap);
        v1_read_entry(arena, dir, "kmem.", &ret->kernel);
        v1_read_entry(arena, dir, "kmem.tcp.", &ret->kernel_tcp);
        ret->cache = find_number(stat, "cache");
        return read_map(arena, stat, &ret->raw, err);
}

/* "8:0 Read 4096", "Total 0" (which is no device), and for times and sectors "8:0 12". */
static int v1_read_io_list(struct arena *arena, int dir, const char *file, stat_io_list *ret, struct error *err)
{
        const char *text = read_text(arena, dir, file);

        ret->items = text ? arena_alloc_array(arena, count_lines(text), sizeof(*ret->items)) : NULL;
        if (!ret->items)
                return error_memory(err);
        for (const char *line = text; *line; line = next_line(line)) {
                struct stat_io_entry *entry = &ret->items[ret->count];
                char *at;
                size_t length;

                entry->major = strtoull(line, &at, 10);
                if (at == line || *at != ':')
                        continue;
                entry->minor = strtoull(at + 1, &at, 10);
                at += strspn(at, " ");
                length = strcspn(at, " \n");
                entry->op = at[length] == ' ' ? arena_copy_n(arena, at, length) : "";
                if (!entry->op)
                        return error_memory(err);
                entry->value = strtoull(at[length] == ' ' ? at + length : at, NULL, 10);
                ret->count++;
        }
        return 0;
}

/* Of the three places where the kernel counts, the first that has counted anything: CFQ's, BFQ's, everybody's. */
static int v1_read_io(struct arena *arena, const struct cgroup *cgroup, struct stat_io *ret, struct error *err)
{
        static const char *const places[] = { "blkio.", "blkio.bfq.", "blkio.throttle." };
        _cleanup_(io_closep) int dir = open_in(cgroup, CGROUP_BLKIO);
        const struct { const char *name; stat_io_list *list; } parts[] = {
                { "io_serviced_recursive", &ret->requests }, { "io_service_bytes_recursive", &ret->bytes },
                { "io_queued_recursive", &ret->queued }, { "io_service_time_recursive", &ret->service_time },
                { "io_wait_time_recursive", &ret->wait_time }, { "io_merged_recursive", &ret->merged },
                { "time_recursive", &ret->time }, { "sectors_recursive", &ret->sectors },
        };
        int r = 0;

        for (size_t at = 0; r >= 0 && at < ARRAY_LENGTH(places) && ret->requests.count == 0; at++)
                for (size_t i = 0; r >= 0 && i < ARRAY_LENGTH(parts); i++) {
                        char file[80];

                        snprintf(file, sizeof(file), "%s%s", places[at], parts[i].name);
                        parts[i].list->count = 0;
                        r = v1_read_io_list(arena, dir, file, parts[i].list, err);
                }
        return r;
}

static void read_pids(struct arena *arena, int dir, struct stat_pids *ret)
{
        uint64_t limit = read_number(arena, dir, "pids.max");

        ret->current = read_number(arena, dir, "pids.current");
        ret->limit = limit == UINT64_MAX ? 0 : limit;
}

static int v1_read(struct arena *arena, const struct cgroup *cgroup, struct statistics *ret, struct error *err)
{
        static const char *const endings[3] = { "usage_in_bytes", "max_usage_in_bytes", "failcnt" };
        _cleanup_(io_closep) int pids = open_in(cgroup, CGROUP_PIDS), huge = open_in(cgroup, CGROUP_HUGETLB);
        int r = v1_read_cpu(arena, cgroup, &ret->cpu, err);

        if (r >= 0)
                r = v1_read_cpuset(arena, cgroup, &ret->cpuset, err);
        if (r >= 0)
                r = v1_read_memory(arena, cgroup, &ret->memory, err);
        if (r >= 0)
                r = v1_read_io(arena, cgroup, &ret->io, err);
        if (r >= 0)
                r = read_huge_pages(arena, huge, endings, ret, err);
        read_pids(arena, pids, &ret->pids);
        return r;
}

/* --- v2 ------------------------------------------------------------------------------------------------------------------- */

static void v2_read_cpu(struct arena *arena, int dir, struct stat_cpu *ret)
{
        const char *stat = read_text(arena, dir, "cpu.stat");

        ret->usage.total = find_number(stat, "usage_usec") * 1000;
        ret->usage.user = find_number(stat, "user_usec") * 1000;
        ret->usage.kernel = find_number(stat, "system_usec") * 1000;
        ret->throttling.periods = find_number(stat, "nr_periods");
        ret->throttling.throttled_periods = find_number(stat, "nr_throttled");
        ret->throttling.throttled_time = find_number(stat, "throttled_usec") * 1000;
        ret->psi = read_pressure(arena, dir, "cpu.pressure");
}

static void v2_read_entry(struct arena *arena, int dir, const char *name, struct stat_memory_entry *ret)
{
        char file[80];

        snprintf(file, sizeof(file), "%s.current", name);
        ret->usage = read_number(arena, dir, file);
        snprintf(file, sizeof(file), "%s.max", name);
        ret->limit = read_number(arena, dir, file);
        snprintf(file, sizeof(file), "%s.peak", name);
        ret->max = read_number(arena, dir, file);
}

/* Readers know v1's sums. */
static int v2_read_memory(struct arena *arena, int dir, struct stat_memory *ret, struct error *err)
{
        const char *stat = read_text(arena, dir, "memory.stat");

        v2_read_entry(arena, dir, "memory", &ret->usage);
        v2_read_entry(arena, dir, "memory.swap", &ret->swap);
        ret->swap.usage += ret->usage.usage;
        if (ret->swap.limit != UINT64_MAX)
                ret->swap.limit = ret->usage.limit == UINT64_MAX ? UINT64_MAX : ret->swap.limit + ret->usage.limit;
        ret->cache = find_number(stat, "file");
        ret->psi = read_pressure(arena, dir, "memory.pressure");
        return read_map(arena, stat, &ret->raw, err);
}

static void v2_add_io(const char *line, const char *key, const char *op, const struct stat_io_entry *device, stat_io_list *ret)
{
        const char *at = strstr(line, key);

        if (!at || at > line + strcspn(line, "\n"))
                return;
        ret->items[ret->count] = *device;
        ret->items[ret->count].op = op;
        ret->items[ret->count++].value = strtoull(at + strlen(key), NULL, 10);
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0" */
static int v2_read_io(struct arena *arena, int dir, struct stat_io *ret, struct error *err)
{
        const char *text = read_text(arena, dir, "io.stat");
        size_t most = text ? 2 * count_lines(text) : 0;

        ret->bytes.items = arena_alloc_array(arena, most + 1, sizeof(*ret->bytes.items));
        ret->requests.items = arena_alloc_array(arena, most + 1, sizeof(*ret->requests.items));
        if (!text || !ret->bytes.items || !ret->requests.items)
                return error_memory(err);
        for (const char *line = text; *line; line = next_line(line)) {
                struct stat_io_entry device = { 0 };
                char *at;

                device.major = strtoull(line, &at, 10);
                if (at == line || *at != ':')
                        continue;
                device.minor = strtoull(at + 1, &at, 10);
                v2_add_io(at, "rbytes=", "Read", &device, &ret->bytes);
                v2_add_io(at, "wbytes=", "Write", &device, &ret->bytes);
                v2_add_io(at, "rios=", "Read", &device, &ret->requests);
                v2_add_io(at, "wios=", "Write", &device, &ret->requests);
        }
        ret->psi = read_pressure(arena, dir, "io.pressure");
        return 0;
}

static int v2_read(struct arena *arena, const struct cgroup *cgroup, struct statistics *ret, struct error *err)
{
        static const char *const endings[3] = { "current", "peak", "events" };
        _cleanup_(io_closep) int dir = -1;
        char path[CGROUP_PATH_MAX];
        int r;

        cgroup_directory(cgroup->tree->unified, cgroup->path, path);
        dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return error_errno(err, "opening the cgroup %s", path);
        v2_read_cpu(arena, dir, &ret->cpu);
        read_pids(arena, dir, &ret->pids);
        r = v2_read_memory(arena, dir, &ret->memory, err);
        if (r >= 0)
                r = v2_read_io(arena, dir, &ret->io, err);
        return r < 0 ? r : read_huge_pages(arena, dir, endings, ret, err);
}

int cgroup_statistics(struct arena *arena, const struct cgroup *cgroup, struct statistics *ret, struct error *err)
{
        *ret = (struct statistics){ .network_interfaces = &statistics_no_interfaces };
        if (!cgroup->path || cgroup->tree->version == CGROUP_NONE)
                return error_set(err, E_NOT_SUPPORTED, "the sandbox has no cgroup of its own, and nothing else counts what it uses");
        return cgroup->tree->version == CGROUP_V2 ? v2_read(arena, cgroup, ret, err) : v1_read(arena, cgroup, ret, err);
}
