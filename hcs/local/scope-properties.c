/* From OCI's limits to systemd's properties.  Pure. */
#include <stdlib.h>
#include <string.h>

#include "hcs/local/cgroup-kinds.h"
#include "hcs/local/scope.h"

#define ANNOTATION "org.systemd.property."
#define MAX_PROPERTIES 64

static const char *const action_names[] = { "Start", "Update", "Stop", "Attach", NULL };

static const struct json_field property_fields[] = {
        JSON_TEXT_F(struct scope_property, "Name", name, JSON_REQUIRED),
        JSON_TEXT_F(struct scope_property, "Type", type, JSON_REQUIRED),
        JSON_TEXT(struct scope_property, "Value", value),
        JSON_STRINGS(struct scope_property, "Values", values),
        JSON_END
};

const struct json_field scope_request_fields[] = {
        JSON_ENUM_F(struct scope_request, "Action", action, action_names, JSON_REQUIRED),
        JSON_BOOL(struct scope_request, "User", user),
        JSON_TEXT_F(struct scope_request, "Unit", unit, JSON_REQUIRED),
        JSON_TEXT(struct scope_request, "Slice", slice),
        JSON_TEXT(struct scope_request, "Description", description),
        JSON_LIST(struct scope_request, "Properties", properties, property_fields),
        JSON_UINT(struct scope_request, "Process", process),
        JSON_TEXT(struct scope_request, "Subgroup", subgroup),
        JSON_END
};

/* --- names ---------------------------------------------------------------------------------------------------------------- */

static bool is_unit_name(const char *name)
{
        static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";

        return *name && *name != '.' && strlen(name) < 256 && name[strspn(name, allowed)] == '\0' && !strstr(name, "..");
}

static int refuse_path(const char *found, struct error *err)
{
        return error_set(err, E_INVALID_DATA, "linux.cgroupsPath: found \"%.200s\"; expected SLICE:PREFIX:NAME for systemd, such as "
                         "\"machine.slice:libpod:0123abc\"", found);
}

bool scope_is_meant(const char *cgroups_path)
{
        const char *first = cgroups_path && *cgroups_path != '/' ? strchr(cgroups_path, ':') : NULL;

        return first && strchr(first + 1, ':') && !strchr(cgroups_path, '/');
}

int scope_compose(struct arena *arena, const char *cgroups_path, const char *id, bool user, struct scope *ret, struct error *err)
{
        const char *given = cgroups_path && *cgroups_path ? cgroups_path : NULL;
        const char *first = given ? strchr(given, ':') : NULL, *second = first ? strchr(first + 1, ':') : NULL;
        struct scope scope = SCOPE_NONE;

        if (given && (!second || strchr(second + 1, ':') || !second[1] || strchr(given, '/')))
                return refuse_path(given, err);
        scope.user = user;
        scope.slice = given && first > given ? arena_copy_n(arena, given, (size_t)(first - given))
                                             : arena_copy(arena, user ? "user.slice" : "system.slice");
        if (!given)
                scope.unit = arena_printf(arena, "hcs-sandbox-%s.scope", id);
        else if (second == first + 1)
                scope.unit = arena_printf(arena, "%s.scope", second + 1);
        else
                scope.unit = arena_printf(arena, "%.*s-%s.scope", (int)(second - first - 1), first + 1, second + 1);
        if (!scope.slice || !scope.unit)
                return error_memory(err);
        if (text_ends_with(scope.unit, ".slice.scope"))
                return error_set(err, E_NOT_SUPPORTED, "linux.cgroupsPath: \"%s\" asks for a slice as the sandbox's own unit; a sandbox is "
                                 "a scope here: choose another NAME", given);
        if (!is_unit_name(scope.unit) || !is_unit_name(scope.slice) || !text_ends_with(scope.slice, ".slice"))
                return refuse_path(given ? given : id, err);
        *ret = scope;
        return 0;
}

/* systemd's rule: each dash is a level, and each level names all above it.  "-.slice" is the top. */
const char *scope_slice_path(struct arena *arena, const char *slice)
{
        size_t stem = strlen(slice) - strlen(".slice");
        const char *path = "";

        if (text_equal(slice, "-.slice"))
                return path;
        for (size_t i = 1; path && i <= stem; i++)
                if (i == stem || slice[i] == '-')
                        path = arena_printf(arena, "%s/%.*s.slice", path, (int)i, slice);
        return path;
}

/* --- limits --------------------------------------------------------------------------------------------------------------- */

struct adding { struct arena *arena; scope_property_list *list; bool failed; };

static struct scope_property *add(struct adding *to, const char *name, const char *type, const char *value)
{
        struct scope_property *property = to->list->count < MAX_PROPERTIES ? &to->list->items[to->list->count++] : NULL;

        to->failed |= !property || (!value && strlen(type) == 1);
        if (property)
                *property = (struct scope_property){ .name = name, .type = type, .value = value };
        return property;
}

static void add_number(struct adding *to, const char *name, uint64_t number)
{
        add(to, name, "t", arena_printf(to->arena, "%llu", (unsigned long long)number));
}

static void add_limit(struct adding *to, const char *name, const int64_t *limit)
{
        if (limit && *limit != 0)
                add_number(to, name, *limit < 0 ? UINT64_MAX : (uint64_t)*limit);
}

static void add_memory(struct adding *to, const struct spec_memory *memory, enum cgroup_version version)
{
        int64_t swap;

        add_limit(to, version == CGROUP_V2 ? "MemoryMax" : "MemoryLimit", memory->limit);
        if (version != CGROUP_V2)
                return;
        add_limit(to, "MemoryLow", memory->reservation);
        if (!memory->swap || *memory->swap == 0)
                return;
        swap = *memory->swap < 0 || !memory->limit || *memory->limit <= 0 ? -1 : *memory->swap - *memory->limit;
        add_number(to, "MemorySwapMax", swap < 0 ? UINT64_MAX : (uint64_t)swap);
}

/* Whole percents, and up: what is below the scope may not want more than it. */
#define GRAIN_US 10000u

static void add_cpu(struct adding *to, const struct spec_cpu *cpu, enum cgroup_version version)
{
        uint64_t period = cpu->period && *cpu->period ? *cpu->period : 100000;

        if (cpu->shares && *cpu->shares)
                add_number(to, version == CGROUP_V2 ? "CPUWeight" : "CPUShares",
                           version == CGROUP_V2 ? cgroup_weight_of_shares(*cpu->shares) : *cpu->shares);
        if (cpu->period && *cpu->period)
                add_number(to, "CPUQuotaPeriodUSec", period);
        if (cpu->quota && *cpu->quota < 0)
                add_number(to, "CPUQuotaPerSecUSec", UINT64_MAX);
        if (cpu->quota && *cpu->quota > 0) {
                uint64_t each_second = (uint64_t)*cpu->quota * 1000000 / period;

                add_number(to, "CPUQuotaPerSecUSec", (each_second + GRAIN_US - 1) / GRAIN_US * GRAIN_US);
        }
}

/* "0-2,5" as bits, eight a byte, the lowest first. */
static void add_set(struct adding *to, const char *name, const char *set)
{
        unsigned char bits[512] = { 0 };
        size_t length = 0;
        struct scope_property *property;

        for (const char *at = set; at && *at >= '0' && *at <= '9';) {
                char *end;
                unsigned long first = strtoul(at, &end, 10), last = *end == '-' ? strtoul(end + 1, &end, 10) : first;

                for (; first <= last && first < sizeof(bits) * 8; first++) {
                        bits[first / 8] |= (unsigned char)(1u << first % 8);
                        length = first / 8 + 1 > length ? first / 8 + 1 : length;
                }
                at = end + (*end == ',');
        }
        property = length ? add(to, name, "ay", NULL) : NULL;
        if (!property)
                return;
        property->values.items = arena_alloc_array(to->arena, length, sizeof(*property->values.items));
        for (size_t i = 0; property->values.items && i < length; i++) {
                property->values.items[i] = arena_printf(to->arena, "%u", bits[i]);
                to->failed |= !property->values.items[i];
        }
        to->failed |= !property->values.items;
        property->values.count = length;
}

/* "max", or a number of bytes or whatever it is, as the kernel reads it: 64M, too.  What else there is goes to the kernel alone. */
static void add_text(struct adding *to, const char *name, const char *value)
{
        static const char units[] = "kKmMgGtT";
        char *end;
        uint64_t number = strtoull(value, &end, 10);
        const char *unit = *end ? strchr(units, *end) : NULL;

        if (text_equal(value, "max"))
                add_number(to, name, UINT64_MAX);
        else if (*value >= '0' && *value <= '9' && (!*end || (unit && !end[1])))
                add_number(to, name, unit ? number << 10 * ((unit - units) / 2 + 1) : number);
}

/* "max", "20000", "20000 100000": of each period. */
static void add_bandwidth(struct adding *to, const char *value)
{
        char *end;
        int64_t quota = text_starts_with(value, "max") ? -1 : (int64_t)strtoull(value, &end, 10);
        const char *blank = strchr(value, ' ');
        uint64_t period = blank ? strtoull(blank + 1, &end, 10) : 0;

        if (quota != 0)
                add_cpu(to, &(const struct spec_cpu){ .quota = &quota, .period = &period }, CGROUP_V2);
}

/* What systemd is not told of it puts back to its own values when it is reloaded. */
static void add_unified(struct adding *to, const struct string_pair *file)
{
        static const struct { const char *file, *name; } known[] = {
                { "memory.min", "MemoryMin" },   { "memory.low", "MemoryLow" },          { "memory.high", "MemoryHigh" },
                { "memory.max", "MemoryMax" },   { "memory.swap.max", "MemorySwapMax" }, { "pids.max", "TasksMax" },
                { "cpu.weight", "CPUWeight" },   { "io.weight", "IOWeight" },
        };
        const char *value = text_starts_with(file->value, "default ") ? file->value + strlen("default ") : file->value;

        for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
                if (text_equal(file->key, known[i].file))
                        add_text(to, known[i].name, value);
        if (text_equal(file->key, "cpu.max"))
                add_bandwidth(to, value);
        if (text_equal(file->key, "cpuset.cpus"))
                add_set(to, "AllowedCPUs", value);
        if (text_equal(file->key, "cpuset.mems"))
                add_set(to, "AllowedMemoryNodes", value);
}

static void add_limits(struct adding *to, const struct spec_resources *resources, enum cgroup_version version)
{
        const struct spec_block_io *io = resources->block_io;

        if (resources->memory)
                add_memory(to, resources->memory, version);
        if (resources->cpu)
                add_cpu(to, resources->cpu, version);
        if (resources->pids)
                add_limit(to, "TasksMax", resources->pids->limit);
        if (io && io->weight && *io->weight)
                add_number(to, version == CGROUP_V2 ? "IOWeight" : "BlockIOWeight",
                           version == CGROUP_V2 ? 1 + (*io->weight - 10) * 9999 / 990 : *io->weight);
        if (resources->cpu && version == CGROUP_V2) {
                add_set(to, "AllowedCPUs", resources->cpu->cpus);
                add_set(to, "AllowedMemoryNodes", resources->cpu->mems);
        }
        for (size_t i = 0; version == CGROUP_V2 && i < resources->unified.count; i++)
                add_unified(to, &resources->unified.items[i]);
}

/* --- annotations: values as GVariant writes them, as far as properties of scopes need it -------------------------------------- */

/* 'text' or "text", without escapes; *at goes behind it. */
static const char *read_quoted(struct arena *arena, const char **at)
{
        const char *start = *at + 1, *end = **at == '\'' || **at == '"' ? strchr(start, **at) : NULL;

        if (!end || memchr(start, '\\', (size_t)(end - start)))
                return NULL;
        *at = end + 1;
        return arena_copy_n(arena, start, (size_t)(end - start));
}

static bool read_array(struct arena *arena, const char *value, struct scope_property *ret)
{
        const char *at = value + 1;

        ret->type = "as";
        ret->values.items = arena_alloc_array(arena, strlen(value), sizeof(*ret->values.items));
        while (ret->values.items && *at && *at != ']') {
                const char *item;

                at += strspn(at, " ,");
                if (*at == ']')
                        break;
                item = read_quoted(arena, &at);
                if (!item)
                        return false;
                ret->values.items[ret->values.count++] = item;
        }
        return ret->values.items && text_equal(at, "]");
}

/* "uint64 5", "5" (a signed one of 32 bits, as there). */
static bool read_number(const char *value, struct scope_property *ret)
{
        static const struct { const char *word, *type; } types[] = {
                { "uint64 ", "t" }, { "int64 ", "x" }, { "uint32 ", "u" }, { "int32 ", "i" },
        };
        uint64_t whole;
        int64_t number;

        ret->type = "i";
        for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
                if (text_starts_with(value, types[i].word)) {
                        ret->type = types[i].type;
                        value += strlen(types[i].word);
                        break;
                }
        ret->value = value;
        if (*ret->type == 't' || *ret->type == 'u')
                return text_to_u64(value, &whole) == 0 && (*ret->type == 't' || whole <= UINT32_MAX);
        return text_to_i64(value, &number) == 0 && (*ret->type == 'x' || (number >= INT32_MIN && number <= INT32_MAX));
}

static bool read_value(struct arena *arena, const char *value, struct scope_property *ret)
{
        const char *at = value;

        if (text_equal(value, "true") || text_equal(value, "false")) {
                ret->type = "b";
                ret->value = value;
                return true;
        }
        if (*value == '[')
                return read_array(arena, value, ret);
        if (*value == '\'' || *value == '"') {
                ret->type = "s";
                ret->value = read_quoted(arena, &at);
                return ret->value && !*at;
        }
        return read_number(value, ret);
}

/* Times are told in seconds and taken in microseconds: TimeoutStopSec is TimeoutStopUSec. */
static bool to_microseconds(struct arena *arena, struct scope_property *property)
{
        size_t length = strlen(property->name);
        int64_t seconds;

        if (length < 4 || !text_ends_with(property->name, "Sec") || text_ends_with(property->name, "USec"))
                return true;
        if (!property->value || *property->type == 's' || text_to_i64(property->value, &seconds) < 0 || seconds < 0 ||
            seconds > INT64_MAX / 1000000)
                return false;
        property->name = arena_printf(arena, "%.*sUSec", (int)(length - 3), property->name);
        property->type = "t";
        property->value = arena_printf(arena, "%lld", (long long)seconds * 1000000);
        return property->name && property->value;
}

static int add_annotation(struct adding *to, const struct string_pair *annotation, struct error *err)
{
        const char *name = annotation->key + strlen(ANNOTATION);
        struct scope_property property = { .name = name };

        if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] ||
            !read_value(to->arena, annotation->value, &property) || !to_microseconds(to->arena, &property))
                return error_set(err, E_INVALID_DATA, "annotations: %s: found \"%.100s\"; expected true, false, a number (uint64 5), "
                                 "'text' or ['text', 'text'], and a number of seconds where the name ends in Sec", annotation->key,
                                 annotation->value);
        if (to->list->count == MAX_PROPERTIES)
                return error_set(err, E_INVALID_DATA, "annotations: %s: there are too many properties", annotation->key);
        to->list->items[to->list->count++] = property;
        return 0;
}

int scope_properties(struct arena *arena, const struct spec_resources *resources, const struct string_map *annotations,
                     enum cgroup_version version, scope_property_list *ret, struct error *err)
{
        scope_property_list list = { .items = arena_alloc_array(arena, MAX_PROPERTIES, sizeof(*list.items)) };
        struct adding to = { .arena = arena, .list = &list };
        int r = 0;

        if (!list.items)
                return error_memory(err);
        if (resources)
                add_limits(&to, resources, version);
        if (to.failed)
                return error_memory(err);
        for (size_t i = 0; r >= 0 && annotations && i < annotations->count; i++)
                if (text_starts_with(annotations->items[i].key, ANNOTATION))
                        r = add_annotation(&to, &annotations->items[i], err);
        if (r >= 0)
                *ret = list;
        return r;
}

static bool has(const scope_property_list *list, const char *name)
{
        for (size_t i = 0; i < list->count; i++)
                if (text_equal(list->items[i].name, name))
                        return true;
        return false;
}

static bool is_kept_memory(const char *name)
{
        return text_equal(name, "MemoryLow") || text_equal(name, "MemoryMin");
}

/* Limits are all numbers and sets: no set is all, the greatest number is none, but for memory that is kept, which is 0. */
int scope_properties_back(struct arena *arena, const scope_property_list *old, const scope_property_list *new, scope_property_list *ret,
                          struct error *err)
{
        scope_property_list back = { .items = arena_alloc_array(arena, old->count + new->count + 1, sizeof(*back.items)) };

        if (!back.items)
                return error_memory(err);
        for (size_t i = 0; i < old->count; i++)
                back.items[back.count++] = old->items[i];
        for (size_t i = 0; i < new->count; i++)
                if (!has(old, new->items[i].name))
                        back.items[back.count++] = (struct scope_property){
                                .name = new->items[i].name, .type = new->items[i].type,
                                .value = is_kept_memory(new->items[i].name) ? "0" : "18446744073709551615",
                        };
        *ret = back;
        return 0;
}
