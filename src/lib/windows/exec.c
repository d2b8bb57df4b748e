#include "src/lib/windows/exec.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "hcs/base/system.h"
#include "src/lib/windows/console.h"
#include "src/lib/windows/handle.h"
#include "src/lib/windows/monitor.h"
#include "src/lib/windows/signal.h"
#include "src/lib/windows/status.h"

/* Windows takes "Path" and "PATH" for one name. */
static bool same_name(const char *a, const char *b)
{
        for (; *a && *a != '=' && *b && *b != '='; a++, b++)
                if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
                        return false;
        return *a == *b || (*a == '=' && !*b) || (!*a && *b == '=');
}

static int add_environment(struct arena *arena, struct strings *env, const struct strings *more, struct error *err)
{
        const char **items = arena_alloc_array(arena, env->count + more->count + 1, sizeof(*items));
        size_t count = 0;

        if (!items)
                return error_memory(err);
        for (size_t i = 0; i < env->count; i++) {
                bool replaced = false;

                for (size_t k = 0; k < more->count; k++)
                        replaced = replaced || same_name(env->items[i], more->items[k]);
                if (!replaced)
                        items[count++] = env->items[i];
        }
        for (size_t k = 0; k < more->count; k++)
                items[count++] = more->items[k];
        *env = (struct strings){ items, count };
        return 0;
}

static int over_own(const struct winplan *plan, const struct winexec *wanted, struct spec_process *ret, struct error *err)
{
        if (!wanted->args.count)
                return error_set(err, E_INVALID_PARAMETER, "exec needs a command, or a process object");
        if (!plan->config->spec.process)
                return error_set(err, E_NOT_SUPPORTED, "this sandbox is a machine that runs its own programs: nothing can be run in it "
                                 "from here");
        *ret = *plan->config->spec.process;
        ret->args = wanted->args;
        ret->terminal = wanted->terminal;
        ret->command_line = NULL;
        if (wanted->cwd)
                ret->cwd = wanted->cwd;
        if (wanted->user)
                ret->user.username = wanted->user;
        return wanted->env.count ? add_environment(&plan->config->arena, &ret->env, &wanted->env, err) : 0;
}

static int of_json(const struct winplan *plan, const struct winexec *wanted, struct spec_process *ret, struct error *err)
{
        struct json_value *value;
        int r = json_parse(&plan->config->arena, wanted->process, wanted->length, wanted->what, &value, err);

        if (r >= 0)
                r = json_read(&plan->config->arena, spec_process_fields, value, ret, "", JSON_IGNORE_UNKNOWN, err);
        ret->terminal = ret->terminal || wanted->terminal;
        return r < 0 ? error_wrap(err, "%s", wanted->what) : 0;
}

int winexec_compose(const struct winplan *plan, const struct winexec *wanted, const struct log *log, struct win_process **ret,
                    struct error *err)
{
        struct spec_process *process = arena_alloc(&plan->config->arena, sizeof(*process));
        int r;

        if (!process)
                return error_memory(err);
        *process = (struct spec_process){ 0 };
        r = wanted->process ? of_json(plan, wanted, process, err) : over_own(plan, wanted, process, err);
        if (r >= 0)
                r = oci_windows_check_process(process, plan->config->kind, "process", log, err);
        return r < 0 ? r : oci_windows_compile_process(process, plan->config->kind, &plan->config->arena, ret, err);
}

/* --- in a sandbox --------------------------------------------------------------------------------------------------------- */

/* The parameters of a further process, as compact JSON. */
static int compose_exec(struct sandbox *sandbox, const struct winexec *wanted, char **ret, bool *ret_terminal, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        struct win_process *process = NULL;
        struct win_status status;
        uint32_t size[2];
        int r = win_status_read(&sandbox->place, &status, err);

        if (r >= 0 && status.state != WIN_STATUS_RUNNING && status.state != WIN_STATUS_CREATED)
                return error_set(err, HCS_E_INVALID_STATE, "container not running: can't exec in a %s container",
                                 status.state == WIN_STATUS_STOPPED ? "stopped" : "creating");
        if (r >= 0)
                r = winsandbox_plan(sandbox, &plan, err);
        if (r >= 0)
                r = winexec_compose(&plan, wanted, &sandbox->host->log, &process, err);
        if (r >= 0) {
                console_size_from_start(process, size);
                r = winplan_print(win_process_fields, process, ret, err);
        }
        if (r >= 0)
                *ret_terminal = process->oci_process ? process->oci_process->terminal : process->emulate_console;
        return r;
}

int winexec_begin(struct sandbox *sandbox, const struct winexec *wanted, struct hcs_process **ret, struct hcs_pipes *ret_pipes,
                  bool *ret_terminal, struct error *err)
{
        _cleanup_(free_charp) char *parameters = NULL;
        int r = compose_exec(sandbox, wanted, &parameters, ret_terminal, err);

        if (r >= 0)
                r = winsandbox_need_system(sandbox, err);
        return r < 0 ? r : hcs_process_create_piped(sandbox->system, parameters, ret, ret_pipes, err);
}

int winexec_signal(struct sandbox *sandbox, struct hcs_process *process, const char *word, struct error *err)
{
        _cleanup_(winplan_done) struct winplan plan = { 0 };
        _cleanup_(free_charp) char *document = NULL;
        int r = winsandbox_plan(sandbox, &plan, err);

        if (r >= 0)
                r = winsignal_document(&plan, word, &document, err);
        if (r >= 0)
                r = document ? hcs_process_signal_document(process, document, err) : hcs_process_terminate(process, err);
        return r < 0 ? r : 0;
}

int winexec_detached(struct sandbox *sandbox, const struct winexec *wanted, const int streams[3], uint32_t *ret_process,
                     struct error *err)
{
        _cleanup_(text_done) struct text parameters = { 0 };
        _cleanup_(free_charp) char *composed = NULL;
        bool terminal;
        char name[40];
        uint64_t salt;
        int r = compose_exec(sandbox, wanted, &composed, &terminal, err);

        if (r >= 0)
                r = system_random(&salt, sizeof(salt), err);
        if (r < 0)
                return r;
        (void)snprintf(name, sizeof(name), "exec-%016llx.json", (unsigned long long)salt);
        text_add(&parameters, composed);
        r = place_write(&sandbox->place, name, &parameters, err);
        return r < 0 ? r : monitor_spawn_exec(sandbox->host, sandbox->id, name, streams, ret_process, err);
}
