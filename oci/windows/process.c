/* ProcessParameters of a Windows bundle's process (hcs-documents.md sections 9.1 and 13.5). */
#include <string.h>
#include <strings.h>

#include "oci/check.h"
#include "oci/windows/compile.h"
#include "oci/windows/quote.h"

static int command_line(const struct spec_process *process, struct arena *arena, const char **ret, struct error *err)
{
        _cleanup_(text_done) struct text line = { 0 };

        if (check_is_given(process->command_line)) {
                *ret = process->command_line;
                return 0;
        }
        quote_arguments(&line, &process->args);
        if (text_check(&line, err) < 0)
                return err->code;
        *ret = arena_copy(arena, line.data);
        return *ret ? 0 : error_memory(err);
}

/* Windows knows names in any case as one; the last of them holds, as it does on Linux for equal ones.  An empty value stays
 * (hcsshim drops such an entry): "EMPTY=" says that the variable is there. */
int oci_windows_environment(const struct strings *env, struct arena *arena, struct string_map *ret, struct error *err)
{
        struct string_map map = { .items = arena_alloc_array(arena, env->count + 1, sizeof(*map.items)) };

        if (!map.items)
                return error_memory(err);
        for (size_t i = 0; i < env->count; i++) {
                const char *equals = strchr(env->items[i], '=');
                const char *name = arena_copy_n(arena, env->items[i], (size_t)(equals - env->items[i]));
                size_t at = 0;

                if (!name)
                        return error_memory(err);
                while (at < map.count && strcasecmp(map.items[at].key, name) != 0)
                        at++;
                map.items[at] = (struct string_pair){ name, equals + 1 };
                map.count += at == map.count;
        }
        if (map.count)
                *ret = map;
        return 0;
}

static int console(const struct spec_process *process, struct arena *arena, struct win_process *parameters, struct error *err)
{
        const struct spec_box *box = process->terminal ? process->console_size : NULL;
        uint32_t *size;

        parameters->emulate_console = process->terminal;
        parameters->create_std_in_pipe = true;
        parameters->create_std_out_pipe = true;
        parameters->create_std_err_pipe = !process->terminal;           /* a console has one way out */
        if (!box || !box->height || !box->width)        /* docker sends 0 times 0 for "don't know" */
                return 0;
        size = arena_alloc_array(arena, 2, sizeof(*size));
        if (!size)
                return error_memory(err);
        size[0] = box->height;
        size[1] = box->width;
        parameters->console_size = (struct uint32s){ size, 2 };
        return 0;
}

int oci_windows_compile_process(const struct spec_process *process, enum oci_windows_kind kind, struct arena *arena,
                                struct win_process **ret, struct error *err)
{
        struct win_process *parameters = arena_alloc(arena, sizeof(*parameters));
        int r;

        if (!parameters)
                return error_memory(err);
        r = console(process, arena, parameters, err);
        if (r >= 0 && kind == OCI_WINDOWS_LINUX) {
                parameters->console_size = (struct uint32s){ NULL, 0 };         /* it is in OciProcess already */
                parameters->emulate_console = false;
                parameters->oci_process = process;
        } else if (r >= 0) {
                r = command_line(process, arena, &parameters->command_line, err);
                if (r >= 0)
                        r = oci_windows_environment(&process->env, arena, &parameters->environment, err);
                parameters->working_directory = process->cwd;
                parameters->user = check_is_given(process->user.username) ? process->user.username : NULL;
        }
        if (r < 0)
                return r;
        *ret = parameters;
        return 0;
}
