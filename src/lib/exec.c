#include "src/lib/exec.h"

#include <string.h>

#include "hcs/base/text.h"

int exec_check_group(const char *groups, struct error *err)
{
        if (!*groups)
                return error_set(err, E_INVALID_PARAMETER, "the cgroup: its name is empty");
        for (const char *line = groups; *line; line += *line == '\n') {
                size_t length = strcspn(line, "\n"), prefix = strcspn(line, ":\n");
                const char *end = line + length;

                for (const char *part = prefix < length ? line + prefix + 1 : line; part <= end; part++) {
                        size_t size = strcspn(part, "/\n");

                        if ((size == 1 || size == 2) && strncmp(part, "..", size) == 0)
                                return error_set(err, E_INVALID_PARAMETER, "the cgroup: found \"%.*s\"; expected a name, names with "
                                                 "\"/\" between them, or CONTROLLER:NAME, below the sandbox's own group", (int)length,
                                                 line);
                        part += size;
                }
                line = end;
        }
        return 0;
}

static int add_strings(struct arena *arena, struct strings *to, const struct strings *more, struct error *err)
{
        const char **items = arena_alloc_array(arena, to->count + more->count + 1, sizeof(*items));

        if (!items)
                return error_memory(err);
        if (to->count)
                memcpy(items, to->items, to->count * sizeof(*items));
        if (more->count)
                memcpy(items + to->count, more->items, more->count * sizeof(*items));
        *to = (struct strings){ items, to->count + more->count };
        return 0;
}

static bool is_same_variable(const char *a, const char *b)
{
        size_t length = strcspn(a, "=");

        return strncmp(a, b, length) == 0 && b[length] == '=';
}

static int add_environment(struct arena *arena, struct strings *to, const struct strings *more, struct error *err)
{
        struct strings kept = { .items = arena_alloc_array(arena, to->count + 1, sizeof(*kept.items)) };

        if (!kept.items)
                return error_memory(err);
        for (size_t i = 0; i < to->count; i++) {
                bool replaced = false;

                for (size_t k = 0; k < more->count && !replaced; k++)
                        replaced = is_same_variable(to->items[i], more->items[k]);
                if (!replaced)
                        kept.items[kept.count++] = to->items[i];
        }
        *to = kept;
        return add_strings(arena, to, more, err);
}

/* Another user does not bring the first one's groups along. */
static int set_user(struct spec_user *user, const char *text, struct error *err)
{
        size_t length = strcspn(text, ":");
        char uid[16] = "";

        user->gid = 0;
        user->additional_gids = (struct uint32s){ 0 };
        if (length < sizeof(uid))
                memcpy(uid, text, length);
        if (text_to_u32(uid, &user->uid) < 0 || (text[length] && text_to_u32(text + length + 1, &user->gid) < 0))
                return error_set(err, E_INVALID_PARAMETER, "user: found \"%s\"; expected numbers, UID or UID:GID", text);
        return 0;
}

static int add_groups(struct arena *arena, struct uint32s *to, const struct strings *more, struct error *err)
{
        uint32_t *items = arena_alloc_array(arena, to->count + more->count + 1, sizeof(*items));

        if (!items)
                return error_memory(err);
        if (to->count)
                memcpy(items, to->items, to->count * sizeof(*items));
        for (size_t i = 0; i < more->count; i++)
                if (text_to_u32(more->items[i], &items[to->count + i]) < 0)
                        return error_set(err, E_INVALID_PARAMETER, "additional group: found \"%s\"; expected a number",
                                         more->items[i]);
        *to = (struct uint32s){ items, to->count + more->count };
        return 0;
}

/* Never into inheritable or ambient (rule 6). */
static int add_capabilities(struct arena *arena, struct spec_process *process, const struct strings *names, struct error *err)
{
        struct spec_capabilities *sets = arena_alloc(arena, sizeof(*sets));

        if (!sets)
                return error_memory(err);
        if (process->capabilities)
                *sets = *process->capabilities;
        process->capabilities = sets;
        if (add_strings(arena, &sets->bounding, names, err) < 0 || add_strings(arena, &sets->effective, names, err) < 0)
                return err->code;
        return add_strings(arena, &sets->permitted, names, err);
}

static int compose_over_own(struct sandbox *sandbox, const struct exec_wishes *wishes, struct arena *arena,
                            const struct log *log, struct spec_process *ret, struct error *err)
{
        int r;

        if (wishes->args.count == 0)
                return error_set(err, E_INVALID_PARAMETER, "exec needs a command, or a process object");
        r = sandbox_own_process(sandbox, arena, ret, err);
        if (r < 0)
                return r;
        ret->args = wishes->args;
        ret->terminal = wishes->terminal;
        ret->console_size = NULL;
        if (wishes->cwd)
                ret->cwd = wishes->cwd;
        if (wishes->user)
                r = set_user(&ret->user, wishes->user, err);
        if (r >= 0 && wishes->env.count)
                r = add_environment(arena, &ret->env, &wishes->env, err);
        if (r >= 0 && wishes->groups.count)
                r = add_groups(arena, &ret->user.additional_gids, &wishes->groups, err);
        if (r >= 0 && wishes->capabilities.count)
                r = add_capabilities(arena, ret, &wishes->capabilities, err);
        if (wishes->no_new_privileges)
                ret->no_new_privileges = true;
        if (wishes->apparmor_profile)
                ret->apparmor_profile = wishes->apparmor_profile;
        if (wishes->selinux_label)
                ret->selinux_label = wishes->selinux_label;
        return r < 0 ? r : oci_check_process(ret, "process", log, err);
}

static int check_status(struct sandbox *sandbox, bool even_paused, struct arena *arena, struct error *err)
{
        struct oci_state state;
        int r = sandbox_state(sandbox, arena, &state, err);

        if (r < 0)
                return r;
        if (state.status == OCI_STOPPED || state.status == OCI_CREATING)
                return error_set(err, HCS_E_INVALID_STATE, "container not running: can't exec in a %s container",
                                 oci_status_word(state.status));
        if (state.status == OCI_PAUSED && !even_paused)
                return error_set(err, HCS_E_INVALID_STATE, "can't exec in a paused container; resume it first (or "
                                 "--ignore-paused)");
        return 0;
}

int exec_compose(struct sandbox *sandbox, const struct exec_wishes *wishes, struct arena *arena, const struct log *log,
                 struct spec_process *ret, struct error *err)
{
        struct spec_process *parsed;
        int r = check_status(sandbox, wishes->even_paused, arena, err);

        if (r < 0)
                return r;
        if (!wishes->process)
                return compose_over_own(sandbox, wishes, arena, log, ret, err);
        r = oci_process_parse(wishes->process, wishes->length, wishes->what, arena, log, &parsed, err);
        if (r < 0)
                return r;
        *ret = *parsed;
        ret->terminal = ret->terminal || wishes->terminal;
        return 0;
}
