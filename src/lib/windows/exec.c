#include "src/lib/windows/exec.h"

#include <ctype.h>
#include <string.h>

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
