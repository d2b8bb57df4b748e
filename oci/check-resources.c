/* The rules of limits: ranges the kernel would refuse with a bare EINVAL, or silently bend.  Zero counts as "not asked"
 * where docker and its kin send zeros for that (shares, quota, period, limits of memory and pids). */
#include <string.h>

#include "hcs/base/text.h"
#include "oci/check.h"

#define PAGE_BYTES 4096
#define SHARES_MIN 2
#define SHARES_MAX 262144
#define PERIOD_MIN 1000
#define PERIOD_MAX 1000000
#define PIDS_MAX 4194304
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575

/* --- memory ------------------------------------------------------------------------------------------------------- */

static int check_bytes(const struct check *check, const char *member, const int64_t *bytes)
{
        if (!bytes || *bytes >= -1)
                return 0;
        return check_refuse(check, "%s: found %lld; expected a number of bytes, or -1 for no limit", member,
                            (long long)*bytes);
}

static int check_swap(const struct check *check, const struct spec_memory *memory)
{
        if (!memory->swap || *memory->swap <= 0)
                return 0;
        if (!memory->limit || *memory->limit <= 0)
                return check_refuse(check, "swap: found %lld without a limit; it counts memory and swap together and "
                                    "so needs memory.limit", (long long)*memory->swap);
        if (*memory->swap < *memory->limit)
                return check_refuse(check, "swap: found %lld, below limit, %lld; it counts memory and swap together",
                                    (long long)*memory->swap, (long long)*memory->limit);
        return 0;
}

static int check_memory(const struct check *check, const struct spec_memory *memory)
{
        int r;

        if (!memory)
                return 0;
        r = check_bytes(check, "limit", memory->limit);
        if (r >= 0)
                r = check_bytes(check, "reservation", memory->reservation);
        if (r >= 0)
                r = check_bytes(check, "swap", memory->swap);
        if (r >= 0)
                r = check_bytes(check, "kernelTCP", memory->kernel_tcp);
        if (r >= 0 && memory->limit && *memory->limit > 0 && *memory->limit < PAGE_BYTES)
                r = check_refuse(check, "limit: found %lld bytes; nothing can run in less than %d, and few programs "
                                 "in less than 1048576", (long long)*memory->limit, PAGE_BYTES);
        /* The kernel's own memory counts for the limit, so that it can't be more than that: such a wish is fulfilled. */
        if (r >= 0 && memory->kernel && *memory->kernel > 0 && !(memory->limit && *memory->limit > 0 && *memory->limit <= *memory->kernel))
                r = check_refuse(check, "kernel: found %lld; the kernel has no such limit any more: leave it out, "
                                 "memory.limit counts it too", (long long)*memory->kernel);
        return r < 0 ? r : check_swap(check, memory);
}

/* --- cpu ---------------------------------------------------------------------------------------------------------- */

static const char *skip_number(const char *text, uint32_t *ret)
{
        const char *start = text;

        for (*ret = 0; *text >= '0' && *text <= '9' && text - start < 6; text++)
                *ret = *ret * 10 + (uint32_t)(*text - '0');
        return text == start ? NULL : text;
}

/* "0-3,5": what cpuset files take. */
static bool is_set_list(const char *text)
{
        while (text) {
                uint32_t first, last;

                text = skip_number(text, &first);
                if (text && *text == '-') {
                        text = skip_number(text + 1, &last);
                        if (text && last < first)
                                return false;
                }
                if (text && !*text)
                        return true;
                if (text && *text++ != ',')
                        return false;
        }
        return false;
}

static int check_set_list(const struct check *check, const char *member, const char *list)
{
        if (!check_is_given(list) || is_set_list(list))
                return 0;
        return check_refuse(check, "%s: found \"%.100s\"; expected a list such as \"0-3,5\"", member, list);
}

static int check_bandwidth(const struct check *check, const struct spec_cpu *cpu)
{
        if (cpu->period && *cpu->period && (*cpu->period < PERIOD_MIN || *cpu->period > PERIOD_MAX))
                return check_refuse(check, "period: found %llu; expected from %d to %d microseconds",
                                    (unsigned long long)*cpu->period, PERIOD_MIN, PERIOD_MAX);
        if (cpu->quota && (*cpu->quota < -1 || (*cpu->quota > 0 && *cpu->quota < PERIOD_MIN)))
                return check_refuse(check, "quota: found %lld; expected at least %d microseconds, or -1 for no limit",
                                    (long long)*cpu->quota, PERIOD_MIN);
        if (cpu->burst && *cpu->burst && (!cpu->quota || *cpu->quota <= 0 || *cpu->burst > (uint64_t)*cpu->quota))
                return check_refuse(check, "burst: found %llu; expected at most quota, which must be given",
                                    (unsigned long long)*cpu->burst);
        return 0;
}

static int check_cpu(const struct check *check, const struct spec_cpu *cpu)
{
        int r;

        if (!cpu)
                return 0;
        if (cpu->shares && *cpu->shares && (*cpu->shares < SHARES_MIN || *cpu->shares > SHARES_MAX))
                return check_refuse(check, "shares: found %llu; expected from %d to %d",
                                    (unsigned long long)*cpu->shares, SHARES_MIN, SHARES_MAX);
        r = check_bandwidth(check, cpu);
        if (r >= 0 && cpu->realtime_runtime && *cpu->realtime_runtime < -1)
                r = check_refuse(check, "realtimeRuntime: found %lld; expected microseconds, or -1 for no limit",
                                 (long long)*cpu->realtime_runtime);
        if (r >= 0 && cpu->realtime_runtime && cpu->realtime_period && *cpu->realtime_runtime > 0 &&
            *cpu->realtime_period > 0 && (uint64_t)*cpu->realtime_runtime > *cpu->realtime_period)
                r = check_refuse(check, "realtimeRuntime: found %lld, above realtimePeriod, %llu",
                                 (long long)*cpu->realtime_runtime, (unsigned long long)*cpu->realtime_period);
        if (r >= 0)
                r = check_set_list(check, "cpus", cpu->cpus);
        return r < 0 ? r : check_set_list(check, "mems", cpu->mems);
}

/* --- devices ------------------------------------------------------------------------------------------------------ */

static int check_number(const struct check *check, const char *member, const int64_t *number, int64_t most)
{
        if (!number || (*number >= -1 && *number <= most))
                return 0;
        return check_refuse(check, "%s: found %lld; expected a number from 0 to %lld, or -1 for all", member,
                            (long long)*number, (long long)most);
}

static int check_rule(const struct check *check, const struct spec_device_rule *rule)
{
        int r;

        if (check_is_given(rule->type) && !text_equal(rule->type, "a") && !text_equal(rule->type, "b") &&
            !text_equal(rule->type, "c"))
                return check_refuse(check, "type: found \"%.40s\"; expected \"a\" (all), \"b\" (block) or \"c\" "
                                    "(character)", rule->type);
        if (rule->access && rule->access[strspn(rule->access, "rwm")])
                return check_refuse(check, "access: found \"%.40s\"; expected letters of \"rwm\" (read, write, mknod)",
                                    rule->access);
        r = check_number(check, "major", rule->major, MAJOR_MAX);
        return r < 0 ? r : check_number(check, "minor", rule->minor, MINOR_MAX);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* Files of cgroup v2, by name.  Those of the group itself ("cgroup.procs", "cgroup.kill") are the engine's. */
static int check_unified(const struct check *check, const struct string_map *unified)
{
        for (size_t i = 0; i < unified->count; i++) {
                const char *key = unified->items[i].key, *dot = strchr(key, '.');
                bool own = text_starts_with(key, "cgroup.") && !text_equal(key, "cgroup.max.depth") &&
                           !text_equal(key, "cgroup.max.descendants");

                if (!dot || dot == key || !dot[1] || strchr(key, '/') || check_has_control(key) || own)
                        return check_refuse(check, "unified: found \"%.100s\"; expected a file of a controller, such as "
                                            "\"memory.high\"", key);
        }
        return 0;
}

int check_resources(const struct check *check, const struct spec_resources *resources)
{
        const struct check place = check_member(check, "linux.resources");
        const struct check memory = check_member(check, "linux.resources.memory");
        const struct check cpu = check_member(check, "linux.resources.cpu");
        int r;

        if (!resources)
                return 0;
        r = check_memory(&memory, resources->memory);
        if (r >= 0)
                r = check_cpu(&cpu, resources->cpu);
        if (r >= 0 && resources->pids && resources->pids->limit &&
            (*resources->pids->limit < -1 || *resources->pids->limit > PIDS_MAX))
                r = check_refuse(&place, "pids.limit: found %lld; expected a number up to %d, or -1 for no limit",
                                 (long long)*resources->pids->limit, PIDS_MAX);
        for (size_t i = 0; r >= 0 && i < resources->devices.count; i++) {
                const struct check rule = check_item(check, "linux.resources.devices", i);

                r = check_rule(&rule, &resources->devices.items[i]);
        }
        if (r >= 0)
                r = check_unified(&place, &resources->unified);
        return r < 0 ? r : check_controllers(&place, resources);
}
