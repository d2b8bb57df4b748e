/* A double of systemd's manager on a D-Bus of the test's own (DBUS_SYSTEM_BUS_ADDRESS): strict about names, types and order, and it
 * makes the group of a scope and moves its processes, as the real one does.  What it was asked is written to standard output.
 *
 *   fake-systemd [RESULT]   jobs end with RESULT ("done") */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define NAME "org.freedesktop.systemd1"
#define PATH "/org/freedesktop/systemd1"
#define TOP "/sys/fs/cgroup"

struct fake { sd_bus *bus; const char *result; uint32_t jobs; bool subscribed; char unit[256], group[1024]; };

/* What a scope takes, as systemd 252 has it. */
static const struct { const char *name, *type; } known[] = {
        { "Description", "s" }, { "Slice", "s" }, { "Delegate", "b" }, { "DefaultDependencies", "b" }, { "PIDs", "au" },
        { "MemoryAccounting", "b" }, { "CPUAccounting", "b" }, { "IOAccounting", "b" }, { "TasksAccounting", "b" },
        { "MemoryMax", "t" }, { "MemoryLow", "t" }, { "MemorySwapMax", "t" }, { "MemoryLimit", "t" }, { "CPUWeight", "t" },
        { "CPUShares", "t" }, { "CPUQuotaPerSecUSec", "t" }, { "CPUQuotaPeriodUSec", "t" }, { "TasksMax", "t" }, { "IOWeight", "t" },
        { "BlockIOWeight", "t" }, { "AllowedCPUs", "ay" }, { "AllowedMemoryNodes", "ay" }, { "TimeoutStopUSec", "t" },
        { "CollectMode", "s" }, { "After", "as" }, { "DevicePolicy", "s" }, { "DeviceAllow", "a(ss)" },
};

/* --- groups --------------------------------------------------------------------------------------------------------------- */

/* "a-b.slice" and "u.scope": /a.slice/a-b.slice/u.scope */
static void find_group(const char *slice, const char *unit, char group[1024])
{
        size_t stem = strlen(slice) - strlen(".slice"), length = 0;

        for (size_t i = 1; i <= stem; i++)
                if (i == stem || slice[i] == '-')
                        length += (size_t)snprintf(group + length, 1024 - length, "/%.*s.slice", (int)i, slice);
        snprintf(group + length, 1024 - length, "/%s", unit);
}

/* Each hierarchy that a manager of v1 deals with, or the one of v2. */
static const char *next_top(size_t *at)
{
        static const char *const tops[] = { TOP, TOP "/systemd", TOP "/memory", TOP "/pids", TOP "/cpu", TOP "/cpuacct", TOP "/blkio",
                                            TOP "/devices" };

        for (; *at < sizeof(tops) / sizeof(tops[0]); ++*at) {
                char file[64];

                snprintf(file, sizeof(file), "%s/cgroup.procs", tops[*at]);
                if (access(file, F_OK) == 0)
                        return tops[(*at)++];
        }
        return NULL;
}

static void make_groups(const char *group, uint32_t pid)
{
        const char *top;

        for (size_t at = 0; (top = next_top(&at));) {
                char path[2048], number[16];
                size_t base = (size_t)snprintf(path, sizeof(path), "%s%s", top, group);
                int fd;

                for (size_t i = strlen(top) + 1; i <= base; i++)
                        if (path[i] == '/' || !path[i]) {
                                char kept = path[i];

                                path[i] = '\0';
                                (void)mkdir(path, 0755);
                                path[i] = kept;
                        }
                snprintf(path + base, sizeof(path) - base, "/cgroup.procs");
                snprintf(number, sizeof(number), "%u", pid);
                fd = open(path, O_WRONLY);
                if (fd < 0 || write(fd, number, strlen(number)) < 0)
                        printf("WRONG %s: %s\n", path, strerror(errno));
                close(fd);
        }
}

static void remove_groups(const char *group)
{
        const char *top;

        for (size_t at = 0; (top = next_top(&at));) {
                char path[2048];

                snprintf(path, sizeof(path), "%s%s", top, group);
                while (strlen(path) > strlen(top)) {
                        (void)rmdir(path);
                        *strrchr(path, '/') = '\0';
                }
        }
}

/* --- properties ----------------------------------------------------------------------------------------------------------- */

struct read { char slice[256]; uint32_t pid; bool delegate; };

static int read_value(sd_bus_message *message, const char *name, const char *type, struct read *ret)
{
        const char *text = "", *second;
        const void *items;
        size_t size;
        uint64_t whole;
        int truth, r = -EINVAL;

        if (!strcmp(type, "s")) {
                r = sd_bus_message_read(message, "s", &text);
                printf("%s s %s\n", name, text);
                if (!strcmp(name, "Slice"))
                        snprintf(ret->slice, sizeof(ret->slice), "%s", text);
        } else if (!strcmp(type, "b")) {
                r = sd_bus_message_read(message, "b", &truth);
                printf("%s b %d\n", name, truth);
                ret->delegate |= !strcmp(name, "Delegate") && truth;
        } else if (!strcmp(type, "t")) {
                r = sd_bus_message_read(message, "t", &whole);
                printf("%s t %llu\n", name, (unsigned long long)whole);
        } else if (!strcmp(type, "ay") || !strcmp(type, "au")) {
                r = sd_bus_message_read_array(message, type[1], &items, &size);
                printf("%s %s %zu\n", name, type, size);
                if (r >= 0 && type[1] == 'u' && size == sizeof(ret->pid))
                        memcpy(&ret->pid, items, size);
        } else if (!strcmp(type, "a(ss)")) {
                r = sd_bus_message_enter_container(message, 'a', "(ss)");
                if (r >= 0 && sd_bus_message_at_end(message, 0) > 0)
                        printf("%s none\n", name);
                while (r >= 0 && sd_bus_message_read(message, "(ss)", &text, &second) > 0)
                        printf("%s %s %s\n", name, text, second);
                r = sd_bus_message_exit_container(message);
        } else if (!strcmp(type, "as")) {
                r = sd_bus_message_enter_container(message, 'a', "s");
                while (r >= 0 && sd_bus_message_read(message, "s", &text) > 0)
                        printf("%s as %s\n", name, text);
                r = sd_bus_message_exit_container(message);
        }
        return r;
}

static int read_properties(sd_bus_message *message, struct read *ret, sd_bus_error *error)
{
        int r = sd_bus_message_enter_container(message, 'a', "(sv)");

        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'r', "sv")) > 0) {
                const char *name, *type = NULL, *found;
                char kind;

                if (sd_bus_message_read(message, "s", &name) < 0 || sd_bus_message_peek_type(message, &kind, &found) < 0)
                        return -EINVAL;
                for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                        if (!strcmp(known[i].name, name))
                                type = known[i].type;
                if (!type || strcmp(type, found))
                        return sd_bus_error_setf(error, "org.freedesktop.DBus.Error.PropertyReadOnly",
                                                 "Cannot set property %s of type %s, or unknown property.", name, found);
                if (sd_bus_message_enter_container(message, 'v', type) < 0 || read_value(message, name, type, ret) < 0 ||
                    sd_bus_message_exit_container(message) < 0 || sd_bus_message_exit_container(message) < 0)
                        return -EINVAL;
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* --- the manager ---------------------------------------------------------------------------------------------------------- */

/* The end of a job, before its number is told: systemd's two messages may come in either order. */
static int end_job(struct fake *fake, sd_bus_message *message, const char *unit)
{
        char path[64];

        snprintf(path, sizeof(path), PATH "/job/%u", ++fake->jobs);
        if (fake->subscribed)
                (void)sd_bus_emit_signal(fake->bus, PATH, NAME ".Manager", "JobRemoved", "uoss", fake->jobs, path, unit, fake->result);
        return sd_bus_reply_method_return(message, "o", path);
}

static int subscribe(sd_bus_message *message, void *context, sd_bus_error *error)
{
        struct fake *fake = context;

        (void)error;
        fake->subscribed = true;
        return sd_bus_reply_method_return(message, "");
}

static int start(sd_bus_message *message, void *context, sd_bus_error *error)
{
        struct read read = { .slice = "" };
        struct fake *fake = context;
        const char *unit, *mode;
        int r = sd_bus_message_read(message, "ss", &unit, &mode);

        printf("start %s %s\n", unit, mode);
        if (r >= 0)
                r = read_properties(message, &read, error);
        if (r < 0)
                return r;
        if (sd_bus_message_skip(message, "a(sa(sv))") < 0 || sd_bus_message_at_end(message, 1) <= 0)
                return sd_bus_error_set(error, "org.freedesktop.DBus.Error.InvalidArgs", "what comes behind the properties");
        if (!strcmp(unit, fake->unit))
                return sd_bus_error_setf(error, NAME ".UnitExists", "Unit %s was already loaded or has a fragment file.", unit);
        if (!read.pid || !read.delegate || !*read.slice)
                return sd_bus_error_set(error, "org.freedesktop.DBus.Error.InvalidArgs", "Scope has no PIDs, Slice or Delegate. Refusing.");
        if (!strcmp(fake->result, "done")) {
                snprintf(fake->unit, sizeof(fake->unit), "%s", unit);
                find_group(read.slice, unit, fake->group);
                make_groups(fake->group, read.pid);
        }
        return end_job(fake, message, unit);
}

static int stop(sd_bus_message *message, void *context, sd_bus_error *error)
{
        struct fake *fake = context;
        const char *unit, *mode;

        if (sd_bus_message_read(message, "ss", &unit, &mode) < 0)
                return -EINVAL;
        printf("stop %s %s\n", unit, mode);
        if (strcmp(unit, fake->unit))
                return sd_bus_error_setf(error, NAME ".NoSuchUnit", "Unit %s not loaded.", unit);
        remove_groups(fake->group);
        fake->unit[0] = '\0';
        return end_job(fake, message, unit);
}

static int set(sd_bus_message *message, void *context, sd_bus_error *error)
{
        struct read read = { .slice = "" };
        struct fake *fake = context;
        const char *unit;
        int runtime, r = sd_bus_message_read(message, "sb", &unit, &runtime);

        printf("set %s %d\n", unit, runtime);
        if (r >= 0 && strcmp(unit, fake->unit))
                return sd_bus_error_setf(error, NAME ".NoSuchUnit", "Unit %s not loaded.", unit);
        if (r >= 0)
                r = read_properties(message, &read, error);
        return r < 0 ? r : sd_bus_reply_method_return(message, "");
}

static int reset(sd_bus_message *message, void *context, sd_bus_error *error)
{
        (void)context;
        (void)message;
        return sd_bus_error_set(error, NAME ".NoSuchUnit", "not loaded");
}

static int manager_group(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *answer, void *context,
                         sd_bus_error *error)
{
        (void)bus, (void)path, (void)interface, (void)property, (void)context, (void)error;
        return sd_bus_message_append(answer, "s", "/init.scope");
}

static int scope_group(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *answer, void *context,
                       sd_bus_error *error)
{
        struct fake *fake = context;

        (void)bus, (void)path, (void)interface, (void)property, (void)error;
        return sd_bus_message_append(answer, "s", fake->group);
}

static const sd_bus_vtable manager[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Subscribe", "", "", subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("StartTransientUnit", "ssa(sv)a(sa(sv))", "o", start, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("StopUnit", "ss", "o", stop, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("SetUnitProperties", "sba(sv)", "", set, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ResetFailedUnit", "s", "", reset, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("ControlGroup", "s", manager_group, 0, 0),
        SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
        SD_BUS_VTABLE_END
};

static const sd_bus_vtable scope[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("ControlGroup", "s", scope_group, 0, 0),
        SD_BUS_VTABLE_END
};

static int find_unit(sd_bus *bus, const char *path, const char *interface, void *context, void **ret, sd_bus_error *error)
{
        (void)bus, (void)path, (void)interface, (void)error;
        *ret = context;
        return 1;
}

int main(int count, char **words)
{
        struct fake fake = { .result = count > 1 ? words[1] : "done" };
        int r = sd_bus_open_system(&fake.bus);

        setvbuf(stdout, NULL, _IOLBF, 0);
        if (r >= 0)
                r = sd_bus_add_object_vtable(fake.bus, NULL, PATH, NAME ".Manager", manager, &fake);
        if (r >= 0)
                r = sd_bus_add_fallback_vtable(fake.bus, NULL, PATH "/unit", NAME ".Scope", scope, find_unit, &fake);
        if (r >= 0)
                r = sd_bus_request_name(fake.bus, NAME, 0);
        if (r >= 0)
                puts("ready");
        while (r >= 0) {
                r = sd_bus_process(fake.bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(fake.bus, UINT64_MAX);
        }
        fprintf(stderr, "fake-systemd: %s\n", strerror(-r));
        return 1;
}
