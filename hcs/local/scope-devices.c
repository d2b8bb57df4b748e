/* The rules of devices in systemd's words, so that a `systemctl daemon-reload`, at which it writes its own once more, neither widens ours
 * nor takes them away.  systemd allows and denies the rest, or allows everything; what it can't say, on v2, where its program and ours
 * must both agree, is left to ours, and on v1 is lost at a reload.
 *
 * Facts: systemd.resource-control(5), DeviceAllow=; runc sends the same, DevicePolicy=strict and nodes as /dev/char/MAJOR:MINOR. */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/local/cgroup-kinds.h"
#include "hcs/local/scope.h"

#define ANY (-1)
#define KINDS_MAX (256u << 10)

/* Of /proc/devices: "136 pts" below "Character devices:".  NULL: nobody has that number. */
static const char *kind_of(struct arena *arena, const char *kinds, char type, int64_t major)
{
        const char *line = strstr(kinds, type == 'b' ? "Block devices:" : "Character devices:");

        for (line = line ? strchr(line, '\n') : NULL; line && line[1] && line[1] != '\n'; line = strchr(line + 1, '\n')) {
                char *name;

                if (strtoll(line + 1, &name, 10) == major && *name == ' ')
                        return arena_copy_n(arena, name + 1, strcspn(name + 1, "\n"));
        }
        return NULL;
}

/* NULL: systemd has no word for it. */
static const char *node_of(struct arena *arena, const char *kinds, const struct cgroup_device_rule *rule)
{
        const char *type = rule->type == 'b' ? "block" : "char", *kind;

        if (rule->major != ANY && rule->minor != ANY)
                return arena_printf(arena, "/dev/%s/%lld:%lld", type, (long long)rule->major, (long long)rule->minor);
        if (rule->minor != ANY)
                return NULL;
        kind = rule->major == ANY ? "*" : kind_of(arena, kinds, rule->type, rule->major);
        return kind ? arena_printf(arena, "%s-%s", type, kind) : NULL;
}

static const char *access_of(struct arena *arena, unsigned access)
{
        return arena_printf(arena, "%s%s%s", access & BPF_DEVCG_ACC_READ ? "r" : "", access & BPF_DEVCG_ACC_WRITE ? "w" : "",
                            access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
}

/* `policy`, nothing allowed, then what is. */
static int add(struct arena *arena, const char *policy, const struct strings *allowed, scope_property_list *list, struct error *err)
{
        struct scope_property *items = arena_alloc_array(arena, list->count + 3, sizeof(*items));

        if (!items)
                return error_memory(err);
        if (list->count)
                memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        items[list->count++] = (struct scope_property){ .name = "DevicePolicy", .type = "s", .value = policy };
        items[list->count++] = (struct scope_property){ .name = "DeviceAllow", .type = "a(ss)" };
        if (allowed->count)
                items[list->count++] = (struct scope_property){ .name = "DeviceAllow", .type = "a(ss)", .values = *allowed };
        return 0;
}

/* *ret_all: each rule has a word. */
static int say(struct arena *arena, const struct cgroup_device_list *devices, struct strings *ret, bool *ret_all, struct error *err)
{
        _cleanup_(text_done) struct text kinds = { 0 };
        int r = io_read_file_at(AT_FDCWD, "/proc/devices", KINDS_MAX, &kinds, err);

        if (r < 0)
                return r;
        *ret_all = true;
        ret->items = arena_alloc_array(arena, 2 * devices->count + 1, sizeof(*ret->items));
        if (!ret->items)
                return error_memory(err);
        for (size_t i = 0; i < devices->count; i++) {
                const char *node = node_of(arena, kinds.data ? kinds.data : "", &devices->items[i]);
                const char *access = access_of(arena, devices->items[i].access);

                *ret_all &= node != NULL;
                if (!access)
                        return error_memory(err);
                if (!node)
                        continue;
                ret->items[ret->count++] = node;
                ret->items[ret->count++] = access;
        }
        return 0;
}

int scope_add_devices(struct arena *arena, const struct spec_resources *resources, enum cgroup_version version, scope_property_list *list,
                      struct error *err)
{
        static const struct spec_resources none;
        struct cgroup_device_rules rules;
        struct cgroup_device_list devices;
        struct strings allowed = { 0 };
        struct error refused = { 0 };
        bool all = true;
        int r = cgroup_device_rules(arena, resources ? resources : &none, &rules, err);

        if (r < 0)
                return r;
        /* What v1 can't say systemd can't either; v1 itself will refuse it. */
        if (cgroup_device_list(arena, &rules, &devices, &refused) < 0 || devices.allow)
                return add(arena, "auto", &allowed, list, err);
        r = say(arena, &devices, &allowed, &all, err);
        if (r < 0)
                return r;
        if (version == CGROUP_V2 && !all)
                allowed.count = 0;
        return add(arena, version == CGROUP_V2 && !all ? "auto" : "strict", &allowed, list, err);
}
