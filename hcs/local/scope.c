#include "hcs/local/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/system.h"
#include "hcs/local/cgroup-kinds.h"
#include "hcs/local/control.h"
#include "hcs/local/plan.h"

#define HELPER_NAME "hcs-sandbox-systemd"
#define ANSWER_MS 60000                 /* how long systemd may take; the helper itself gives up before */

bool scope_is_for_user(void)
{
        return geteuid() != 0 || !system_is_first_user_namespace();
}

/* --- the helper ------------------------------------------------------------------------------------------------------------ */

static _Noreturn void become_helper(const char *path, int control)
{
        char *const args[] = { (char *)(uintptr_t)HELPER_NAME, NULL };
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (null >= 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && dup2(control, 0) == 0 && dup2(null, 1) == 1 &&
            sys_close_range(3, ~0u, 0) == 0)
                execv(path, args);
        _exit(127);
}

static int start_helper(struct scope *scope, struct error *err)
{
        char path[SYSTEM_COMPANION_MAX];
        int ends[2], found = -1;

        for (int nth = 0; found < 0 && system_companion(HELPER_NAME, nth, path); nth++)
                found = access(path, X_OK);
        if (found < 0)
                return error_errno(err, "running %s, which talks to systemd (was it built: is libsystemd-dev there?)", path);
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return error_errno(err, "making a socket pair");
        scope->helper = fork();
        if (scope->helper == 0)
                become_helper(path, ends[1]);
        close(ends[1]);
        scope->control = ends[0];
        return scope->helper < 0 ? error_errno(err, "starting %s", path) : 0;
}

void scope_done(struct scope *scope)
{
        io_closep(&scope->control);             /* it ends when it hears nothing any more */
        if (scope->helper > 0)
                while (waitpid(scope->helper, NULL, 0) < 0 && errno == EINTR)
                        ;
        scope->helper = 0;
}

/* --- the conversation ------------------------------------------------------------------------------------------------------- */

static int ask(struct scope *scope, const struct scope_request *request, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r;

        json_write(&text, scope_request_fields, request);
        r = text_check(&text, err);
        if (r >= 0 && text.length >= CONTROL_MAX - 1)
                r = error_set(err, E_INVALID_DATA, "the properties for systemd take %zu bytes; expected less than %d", text.length,
                              CONTROL_MAX - 1);
        if (r >= 0)
                r = start_helper(scope, err);
        return r < 0 ? r : control_send(scope->control, SCOPE_REQUEST, text.data, err);
}

static int hear(struct scope *scope, char tag, struct control_message *message, struct error *err)
{
        int r = control_receive(scope->control, ANSWER_MS, message, err);

        if (r == CONTROL_LATE)
                return error_set(err, E_TIMED_OUT, "systemd: unit %s: no answer within %d s", scope->unit, ANSWER_MS / 1000);
        if (r > 0)
                return error_set(err, E_UNEXPECTED_FAILURE, "systemd: unit %s: " HELPER_NAME " ended without an answer", scope->unit);
        if (r < 0)
                return r;
        if (message->tag == CONTROL_ERROR) {
                (void)control_take_error(message, err);
                return error_wrap(err, "systemd: unit %s", scope->unit);
        }
        return message->tag == tag ? 0 : error_set(err, E_INVALID_DATA, HELPER_NAME " says \"%c\", which is no word of ours",
                                                   message->tag);
}

/* The manager of a machine lives in /init.scope, and its units beside that. */
static const char *path_below(struct arena *arena, const struct scope *scope, const char *manager)
{
        size_t length = strlen(manager);
        const char *slices = scope_slice_path(arena, scope->slice);

        if (text_ends_with(manager, "/init.scope"))
                length -= strlen("/init.scope");
        while (length > 0 && manager[length - 1] == '/')
                length--;
        return slices ? arena_printf(arena, "%.*s%s/%s", (int)length, manager, slices, scope->unit) : NULL;
}

int scope_begin(struct scope *scope, struct arena *arena, const char *id, const scope_property_list *properties, struct error *err)
{
        const struct scope_request request = {
                .action = SCOPE_START, .user = scope->user, .unit = scope->unit, .slice = scope->slice,
                .description = arena_printf(arena, "hcs-sandbox %s", id), .properties = *properties,
        };
        struct control_message message;
        int r = ask(scope, &request, err);

        if (r >= 0)
                r = hear(scope, SCOPE_MANAGER, &message, err);
        if (r < 0)
                return r;
        scope->path = path_below(arena, scope, message.text);
        return scope->path ? 0 : error_memory(err);
}

int scope_start(struct scope *scope, pid_t pid, struct error *err)
{
        struct control_message message;
        char number[16];
        int r;

        snprintf(number, sizeof(number), "%d", (int)pid);
        r = control_send(scope->control, SCOPE_PROCESS, number, err);
        if (r >= 0)
                r = hear(scope, SCOPE_DONE, &message, err);
        if (r >= 0 && !text_equal(message.text, scope->path))
                r = error_set(err, E_UNEXPECTED_FAILURE, "systemd: unit %s lies in the cgroup %s; expected it in %s", scope->unit,
                              message.text, scope->path);
        return r;
}

static int ask_and_end(const struct scope_request *request, struct error *err)
{
        _cleanup_(scope_done) struct scope scope = SCOPE_NONE;
        struct control_message message;
        int r;

        scope.unit = request->unit;
        r = ask(&scope, request, err);
        return r < 0 ? r : hear(&scope, SCOPE_DONE, &message, err);
}

int scope_update(const char *unit, bool user, const scope_property_list *properties, struct error *err)
{
        const struct scope_request request = { .action = SCOPE_UPDATE, .user = user, .unit = unit, .properties = *properties };

        return properties->count == 0 ? 0 : ask_and_end(&request, err);
}

int scope_attach(const char *unit, bool user, const char *sub, pid_t pid, struct error *err)
{
        char subgroup[CGROUP_PATH_MAX] = "";

        if (sub && *sub && (size_t)snprintf(subgroup, sizeof(subgroup), "/%s", sub + (*sub == '/')) >= sizeof(subgroup))
                return error_set(err, E_INVALID_PARAMETER, "systemd: unit %s: the path of the cgroup below it is too long", unit);
        return ask_and_end(&(const struct scope_request){ .action = SCOPE_ATTACH, .user = user, .unit = unit, .process = (uint32_t)pid,
                                                          .subgroup = subgroup }, err);
}

int scope_stop(const char *unit, bool user, struct error *err)
{
        return ask_and_end(&(const struct scope_request){ .action = SCOPE_STOP, .user = user, .unit = unit }, err);
}
