#include "oci/windows/hooks.h"

#include "hcs/base/text.h"
#include "oci/windows/check.h"
#include "oci/windows/compile.h"
#include "oci/windows/path.h"
#include "oci/windows/quote.h"

/* --- checking ----------------------------------------------------------------------------------------------------- */

/* cmd.exe parts the words of a batch file anew, by rules of its own: what was one word to us is a command to it. */
static int check_program(const struct check *check, const struct spec_hook *hook)
{
        int r = wincheck_path(check, "path", hook->path);

        if (r >= 0 && winpath_is_pipe(hook->path))
                r = check_refuse(check, "path: found \"%.200s\"; expected a program", hook->path);
        if (r >= 0 && (winpath_ends_with(hook->path, ".bat") || winpath_ends_with(hook->path, ".cmd")))
                r = check_refuse(check, "path: found \"%.200s\"; a batch file is no program: name C:\\Windows\\System32\\cmd.exe, with the "
                                 "args \"cmd.exe\", \"/c\" and the file", hook->path);
        return r;
}

static int check_list(const struct check *check, const char *at, const spec_hook_list *hooks)
{
        for (size_t i = 0; i < hooks->count; i++) {
                const struct check here = check_item(check, at, i);
                int r = check_program(&here, &hooks->items[i]);

                if (r >= 0)
                        r = check_environment(&here, &hooks->items[i].env);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* An agent of Linux makes one first process, the one of its specification; a disk runs its own programs. */
static int check_inside(const struct check *check, const struct oci_windows *config)
{
        if (!check->spec->hooks->start_container.count)
                return 0;
        if (config->kind == OCI_WINDOWS_LINUX)
                return check_refuse(check, "hooks.startContainer: found for a Linux container, whose agent runs no program before the "
                                    "first; expected none, or a program of its own that does what it should and then becomes the other");
        if (config->kind == OCI_WINDOWS_DESKTOP && config->wishes.disk)
                return check_refuse(check, "hooks.startContainer: found for a desktop from a disk, which starts its own programs; leave it "
                                    "out");
        return check_list(check, "hooks.startContainer", &check->spec->hooks->start_container);
}

int wincheck_hooks(const struct check *check, const struct oci_windows *config)
{
        const struct spec_hooks *hooks = check->spec->hooks;
        int r;

        if (!hooks)
                return 0;
        if (hooks->create_container.count)
                return check_refuse(check, "hooks.createContainer: found for a sandbox on Windows, where no program of the host can stand "
                                    "inside; createRuntime runs on the host, startContainer in the sandbox");
        r = check_list(check, "hooks.prestart", &hooks->prestart);
        if (r >= 0)
                r = check_list(check, "hooks.createRuntime", &hooks->create_runtime);
        if (r >= 0)
                r = check_inside(check, config);
        if (r >= 0)
                r = check_list(check, "hooks.poststart", &hooks->poststart);
        return r < 0 ? r : check_list(check, "hooks.poststop", &hooks->poststop);
}

/* --- compiling ---------------------------------------------------------------------------------------------------- */

static int command_line(const struct spec_hook *hook, struct arena *arena, const char **ret, struct error *err)
{
        _cleanup_(text_done) struct text line = { 0 };

        quote_argument(&line, hook->path);
        for (size_t i = 1; i < hook->args.count; i++) {
                text_add_char(&line, ' ');
                quote_argument(&line, hook->args.items[i]);
        }
        if (text_check(&line, err) < 0)
                return err->code;
        *ret = arena_copy(arena, line.data);
        return *ret ? 0 : error_memory(err);
}

int oci_windows_compile_hook(const struct spec_hook *hook, struct arena *arena, struct win_process *ret, struct error *err)
{
        struct win_process process = { 0 };
        int r = command_line(hook, arena, &process.command_line, err);

        if (r >= 0)
                r = oci_windows_environment(&hook->env, arena, &process.environment, err);
        if (r < 0)
                return r;
        *ret = process;
        return 0;
}
