/* hcs-sandbox-systemd: the one program that speaks to systemd, over D-Bus, for one request.  Its standard input is the socket to the
 * engine (hcs/local/scope.h); when that is closed it ends, and so does a scope that nobody was put into. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "hcs/local/control.h"
#include "hcs/local/plan.h"
#include "hcs/local/scope.h"

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER DESTINATION ".Manager"
#define JOB_MS 30000                    /* how long a job may take */
#define ENGINE 0
#define USERS_PLACE "/run/user"

/* The end of a job of our unit, which may be told before its number is. */
struct job { const char *unit; char path[256], ended[256], result[64]; };

static int refuse(int r, const sd_bus_error *why, const char *call, struct error *err)
{
        if (why && why->message)
                return error_set(err, error_from_errno(-r), "%s: %s (%s)", call, why->message, why->name);
        return error_errnum(err, -r, "%s", call);
}

/* --- the bus ---------------------------------------------------------------------------------------------------------------- */

/* Whose bus it is: root of a user namespace is somebody else outside.  Its first mapping with us in it says who. */
static uint32_t outer_user(void)
{
        uint32_t inside, outside, count, us = geteuid(), found = us;
        FILE *map = fopen("/proc/self/uid_map", "re");

        while (map && fscanf(map, "%u %u %u", &inside, &outside, &count) == 3)
                if (us >= inside && us - inside < count)
                        found = outside + (us - inside);
        if (map)
                fclose(map);
        return found;
}

/* Callers often have neither variable (conmon's, cron, su), while the bus is where it always is. */
static int open_user_bus(sd_bus **ret)
{
        const char *address = getenv("DBUS_SESSION_BUS_ADDRESS"), *directory = getenv("XDG_RUNTIME_DIR");
        char usual[64];
        int r = -ENOMEDIUM;

        if (address && *address)
                return sd_bus_open_user(ret);
        if (directory && *directory)
                r = sd_bus_open_user(ret);
        if (r >= 0)
                return r;
        snprintf(usual, sizeof(usual), "unix:path=" USERS_PLACE "/%u/bus", outer_user());
        return setenv("DBUS_SESSION_BUS_ADDRESS", usual, 1) < 0 ? -errno : sd_bus_open_user(ret);
}

static int open_bus(bool user, sd_bus **ret, struct error *err)
{
        int r = user ? open_user_bus(ret) : sd_bus_open_system(ret);

        if (r >= 0)
                return 0;
        return error_errnum(err, -r, user ? "connecting to the user's D-Bus (is there a session, with XDG_RUNTIME_DIR or "
                                            "DBUS_SESSION_BUS_ADDRESS set?)"
                                          : "connecting to the system's D-Bus (does systemd run here? else use the cgroupfs manager)");
}

static int hear_job(sd_bus_message *message, void *context, sd_bus_error *error)
{
        struct job *job = context;
        const char *path, *unit, *result;
        uint32_t id;

        (void)error;
        if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0 || !text_equal(unit, job->unit))
                return 0;
        snprintf(job->ended, sizeof(job->ended), "%s", path);
        snprintf(job->result, sizeof(job->result), "%s", result);
        return 0;
}

/* Signals are sent only to those who subscribe. */
static int subscribe(sd_bus *bus, struct job *job, struct error *err)
{
        _cleanup_(sd_bus_error_free) sd_bus_error why = SD_BUS_ERROR_NULL;
        int r = sd_bus_match_signal(bus, NULL, DESTINATION, MANAGER_PATH, MANAGER, "JobRemoved", hear_job, job);

        if (r >= 0)
                r = sd_bus_call_method(bus, DESTINATION, MANAGER_PATH, MANAGER, "Subscribe", &why, NULL, "");
        if (r < 0 && !sd_bus_error_has_name(&why, DESTINATION ".AlreadySubscribed"))
                return refuse(r, &why, "Subscribe", err);
        return 0;
}

static uint64_t now_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int await_job(sd_bus *bus, const struct job *job, struct error *err)
{
        uint64_t end = now_us() + JOB_MS * 1000ull;

        while (!text_equal(job->ended, job->path)) {
                int r = sd_bus_process(bus, NULL);

                if (r == 0 && now_us() >= end)
                        return error_set(err, E_TIMED_OUT, "its job has not ended within %d s", JOB_MS / 1000);
                if (r == 0)
                        r = sd_bus_wait(bus, end - now_us());
                if (r < 0 && r != -EINTR)
                        return error_errnum(err, -r, "waiting for its job");
        }
        return text_equal(job->result, "done") ? 0 : error_set(err, E_UNEXPECTED_FAILURE, "its job ended with \"%s\"", job->result);
}

/* Sends a call that answers with a job. */
static int call_for_job(sd_bus *bus, sd_bus_message *call, const char *name, struct job *job, struct error *err)
{
        _cleanup_(sd_bus_error_free) sd_bus_error why = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        const char *path;
        int r = sd_bus_call(bus, call, 0, &why, &answer);

        if (r < 0)
                return refuse(r, &why, name, err);
        r = sd_bus_message_read(answer, "o", &path);
        if (r < 0)
                return error_errnum(err, -r, "reading the answer of %s", name);
        snprintf(job->path, sizeof(job->path), "%s", path);
        return 0;
}

/* --- properties -------------------------------------------------------------------------------------------------------------- */

static int add_values(sd_bus_message *call, const struct scope_property *property)
{
        bool bytes = text_equal(property->type, "ay");
        int r = sd_bus_message_open_container(call, 'a', bytes ? "y" : "s");

        for (size_t i = 0; r >= 0 && i < property->values.count; i++) {
                uint32_t byte = 0;

                if (bytes && text_to_u32(property->values.items[i], &byte) < 0)
                        return -EINVAL;
                r = bytes ? sd_bus_message_append(call, "y", (int)byte) : sd_bus_message_append(call, "s", property->values.items[i]);
        }
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int add_pairs(sd_bus_message *call, const struct strings *values)
{
        int r = sd_bus_message_open_container(call, 'a', "(ss)");

        for (size_t i = 0; r >= 0 && i + 1 < values->count; i += 2)
                r = sd_bus_message_append(call, "(ss)", values->items[i], values->items[i + 1]);
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int add_value(sd_bus_message *call, const struct scope_property *property)
{
        uint64_t whole = 0;
        int64_t number = 0;

        if (text_equal(property->type, "a(ss)"))
                return add_pairs(call, &property->values);
        if (strlen(property->type) == 2)
                return add_values(call, property);
        if (!property->value)
                return -EINVAL;
        switch (*property->type) {
        case 's':
                return sd_bus_message_append(call, "s", property->value);
        case 'b':
                return sd_bus_message_append(call, "b", text_equal(property->value, "true"));
        case 't':
        case 'u':
                if (text_to_u64(property->value, &whole) < 0)
                        return -EINVAL;
                return *property->type == 't' ? sd_bus_message_append(call, "t", whole)
                                              : sd_bus_message_append(call, "u", (uint32_t)whole);
        default:
                if (text_to_i64(property->value, &number) < 0)
                        return -EINVAL;
                return *property->type == 'x' ? sd_bus_message_append(call, "x", number)
                                              : sd_bus_message_append(call, "i", (int32_t)number);
        }
}

static int add_properties(sd_bus_message *call, const scope_property_list *properties)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < properties->count; i++) {
                const struct scope_property *property = &properties->items[i];

                r = sd_bus_message_open_container(call, 'r', "sv");
                if (r >= 0)
                        r = sd_bus_message_append(call, "s", property->name);
                if (r >= 0)
                        r = sd_bus_message_open_container(call, 'v', property->type);
                if (r >= 0)
                        r = add_value(call, property);
                if (r >= 0)
                        r = sd_bus_message_close_container(call);
                if (r >= 0)
                        r = sd_bus_message_close_container(call);
        }
        return r;
}

/* --- the requests ------ --------------------------------------------------------------------------------------------------------- */

/* Accounting is on for all: readers of the groups count on it. */
static int compose_start(sd_bus *bus, const struct scope_request *request, uint32_t pid, sd_bus_message **ret)
{
        int r = sd_bus_message_new_method_call(bus, ret, DESTINATION, MANAGER_PATH, MANAGER, "StartTransientUnit");

        if (r >= 0)
                r = sd_bus_message_append(*ret, "ss", request->unit, "fail");
        if (r >= 0)
                r = sd_bus_message_open_container(*ret, 'a', "(sv)");
        if (r >= 0)
                r = sd_bus_message_append(*ret, "(sv)(sv)(sv)(sv)(sv)", "Description", "s", request->description, "Slice", "s",
                                          request->slice, "Delegate", "b", 1, "DefaultDependencies", "b", 0, "PIDs", "au", 1, pid);
        if (r >= 0)
                r = sd_bus_message_append(*ret, "(sv)(sv)(sv)(sv)", "MemoryAccounting", "b", 1, "CPUAccounting", "b", 1,
                                          "IOAccounting", "b", 1, "TasksAccounting", "b", 1);
        if (r >= 0)
                r = add_properties(*ret, &request->properties);
        if (r >= 0)
                r = sd_bus_message_close_container(*ret);
        return r < 0 ? r : sd_bus_message_append(*ret, "a(sa(sv))", 0);
}

static void forget_failed(sd_bus *bus, const char *unit)
{
        (void)sd_bus_call_method(bus, DESTINATION, MANAGER_PATH, MANAGER, "ResetFailedUnit", NULL, NULL, "s", unit);
}

static int read_group(sd_bus *bus, const char *path, const char *interface, char **ret, struct error *err)
{
        _cleanup_(sd_bus_error_free) sd_bus_error why = SD_BUS_ERROR_NULL;
        int r = sd_bus_get_property_string(bus, DESTINATION, path, interface, "ControlGroup", &why, ret);

        return r < 0 ? refuse(r, &why, "asking for ControlGroup", err) : 0;
}

static int hear_process(uint32_t *ret, struct error *err)
{
        struct control_message message;
        int r = control_receive(ENGINE, -1, &message, err);

        if (r > 0)
                exit(0);                        /* the sandbox is not to be */
        if (r < 0)
                return r;
        return message.tag == SCOPE_PROCESS && text_to_u32(message.text, ret) == 0 ? 0
                : error_set(err, E_INVALID_DATA, "a process was expected, found \"%c\"", message.tag);
}

static int start(sd_bus *bus, const struct scope_request *request, struct error *err)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(free_charp) char *manager = NULL, *path = NULL, *group = NULL;
        struct job job = { .unit = request->unit, .path = "-" };
        uint32_t pid;
        int r = read_group(bus, MANAGER_PATH, MANAGER, &manager, err);

        if (r >= 0)
                r = subscribe(bus, &job, err);
        if (r >= 0)
                r = control_send(ENGINE, SCOPE_MANAGER, manager, err);
        if (r >= 0)
                r = hear_process(&pid, err);
        if (r < 0)
                return r;
        forget_failed(bus, request->unit);      /* one of this name may be left from a sandbox that was killed */
        r = compose_start(bus, request, pid, &call);
        if (r < 0)
                return error_errnum(err, -r, "composing the scope");
        r = call_for_job(bus, call, "StartTransientUnit", &job, err);
        if (r >= 0)
                r = await_job(bus, &job, err);
        if (r < 0)
                return r;
        r = sd_bus_path_encode(MANAGER_PATH "/unit", request->unit, &path);
        if (r < 0)
                return error_errnum(err, -r, "naming the unit");
        r = read_group(bus, path, DESTINATION ".Scope", &group, err);
        return r < 0 ? r : control_send(ENGINE, SCOPE_DONE, group, err);
}

static int update(sd_bus *bus, const struct scope_request *request, struct error *err)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error why = SD_BUS_ERROR_NULL;
        int r = sd_bus_message_new_method_call(bus, &call, DESTINATION, MANAGER_PATH, MANAGER, "SetUnitProperties");

        if (r >= 0)
                r = sd_bus_message_append(call, "sb", request->unit, 1);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(sv)");
        if (r >= 0)
                r = add_properties(call, &request->properties);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r >= 0)
                r = sd_bus_call(bus, call, 0, &why, NULL);
        return r < 0 ? refuse(r, &why, "SetUnitProperties", err) : control_send(ENGINE, SCOPE_DONE, "", err);
}

static int stop(sd_bus *bus, const struct scope_request *request, struct error *err)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error why = SD_BUS_ERROR_NULL;
        struct job job = { .unit = request->unit, .path = "-" };
        const char *path;
        int r = subscribe(bus, &job, err);

        if (r < 0)
                return r;
        r = sd_bus_call_method(bus, DESTINATION, MANAGER_PATH, MANAGER, "StopUnit", &why, &answer, "ss", request->unit, "replace");
        if (r < 0 && !sd_bus_error_has_name(&why, DESTINATION ".NoSuchUnit"))
                return refuse(r, &why, "StopUnit", err);
        if (r >= 0) {
                r = sd_bus_message_read(answer, "o", &path);
                if (r < 0)
                        return error_errnum(err, -r, "reading the answer of StopUnit");
                snprintf(job.path, sizeof(job.path), "%s", path);
                r = await_job(bus, &job, err);
                if (r < 0)
                        return r;
                forget_failed(bus, request->unit);
        }
        return control_send(ENGINE, SCOPE_DONE, "", err);
}

static int attach(sd_bus *bus, const struct scope_request *request, struct error *err)
{
        _cleanup_(sd_bus_error_free) sd_bus_error why = SD_BUS_ERROR_NULL;
        int r = sd_bus_call_method(bus, DESTINATION, MANAGER_PATH, MANAGER, "AttachProcessesToUnit", &why, NULL, "ssau", request->unit,
                                   request->subgroup ? request->subgroup : "", 1, request->process);

        return r < 0 ? refuse(r, &why, "AttachProcessesToUnit", err) : control_send(ENGINE, SCOPE_DONE, "", err);
}

/* --- one request ------------------------------------------------------------------------------------------------------------------ */

static int hear_request(struct arena *arena, struct scope_request *ret, struct error *err)
{
        struct control_message message;
        struct json_value *value;
        int r = control_receive(ENGINE, -1, &message, err);

        if (r > 0 || (r == 0 && message.tag != SCOPE_REQUEST))
                return error_set(err, E_INVALID_DATA, "a request was expected");
        if (r >= 0)
                r = json_parse(arena, message.text, strlen(message.text), "the request", &value, err);
        return r < 0 ? r : json_read(arena, scope_request_fields, value, ret, "$", JSON_REFUSE_UNKNOWN, err);
}

static int carry_out(sd_bus *bus, const struct scope_request *request, struct error *err)
{
        switch (request->action) {
        case SCOPE_START:
                return start(bus, request, err);
        case SCOPE_UPDATE:
                return update(bus, request, err);
        case SCOPE_ATTACH:
                return attach(bus, request, err);
        default:
                return stop(bus, request, err);
        }
}

int main(void)
{
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct scope_request request = { 0 };
        struct error err = { 0 };
        int r = hear_request(&arena, &request, &err);

        if (r >= 0)
                r = open_bus(request.user, &bus, &err);
        if (r >= 0)
                r = carry_out(bus, &request, &err);
        if (r < 0)
                control_send_error(ENGINE, &err);
        return r < 0;
}
