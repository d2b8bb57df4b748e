/* What all checks lean on, and the rules of the top of a configuration: version, root, names, hooks. */
#include "oci/check.h"

#include <stdio.h>
#include <string.h>

#include "hcs/base/text.h"

#define NAME_MAX_BYTES 64               /* __NEW_UTS_LEN */

struct check check_member(const struct check *check, const char *at)
{
        struct check inner = *check;

        inner.at = at;
        inner.index = CHECK_NO_INDEX;
        return inner;
}

struct check check_item(const struct check *check, const char *at, size_t index)
{
        struct check inner = *check;

        inner.at = at;
        inner.index = index;
        return inner;
}

/* "linux.devices[2]." */
static void write_place(const struct check *check, char *place, size_t size)
{
        if (check->index != CHECK_NO_INDEX)
                (void)snprintf(place, size, "%s[%zu].", check->at, check->index);
        else
                (void)snprintf(place, size, "%s%s", check->at, *check->at ? "." : "");
}

int check_refuse(const struct check *check, const char *fmt, ...)
{
        char place[128], text[ERROR_TEXT_MAX - sizeof(place)];
        va_list args;

        write_place(check, place, sizeof(place));
        va_start(args, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, args);
        va_end(args);
        return error_set(check->err, E_INVALID_DATA, "%s%s", place, text);
}

int check_not_yet(const struct check *check, const char *member, const char *instead)
{
        char place[128];

        write_place(check, place, sizeof(place));
        return error_set(check->err, E_NOT_SUPPORTED, "%s%s: not supported yet; %s", place, member, instead);
}

void check_tell(const struct check *check, enum log_level level, const char *fmt, ...)
{
        char place[128], text[1024];
        va_list args;

        write_place(check, place, sizeof(place));
        va_start(args, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, args);
        va_end(args);
        log_event(check->log, level, "%s%s", place, text);
}

/* --- shared rules ------------------------------------------------------------------------------------------------- */

bool check_is_given(const char *text)
{
        return text && *text;
}

bool check_is_full(const struct json_value *value)
{
        return value && !(value->type == JSON_OBJECT && value->count == 0);
}

bool check_has_part(const char *path, const char *part)
{
        size_t length = strlen(part);

        while (*path) {
                size_t here = strcspn(path, "/");

                if (here == length && strncmp(path, part, length) == 0)
                        return true;
                path += here + (path[here] == '/');
        }
        return false;
}

bool check_has_control(const char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text < 0x20 || *text == 0x7f)
                        return true;
        return false;
}

int check_absolute(const struct check *check, const char *member, const char *path)
{
        if (!check_is_given(path))
                return check_refuse(check, "%s: missing or empty; expected an absolute path", member);
        if (*path != '/')
                return check_refuse(check, "%s: found \"%.200s\"; expected an absolute path", member, path);
        return 0;
}

int check_environment(const struct check *check, const struct strings *env)
{
        for (size_t i = 0; i < env->count; i++) {
                const char *equals = strchr(env->items[i], '=');

                if (!equals || equals == env->items[i])
                        return check_refuse(check, "env[%zu]: found \"%.100s\"; expected NAME=VALUE", i, env->items[i]);
        }
        return 0;
}

/* --- the top ------------------------------------------------------------------------------------------------------ */

static const char *skip_digits(const char *text)
{
        while (*text >= '0' && *text <= '9')
                text++;
        return text;
}

/* "1.2", "1.2.0", "1.2.0-rc.1", "1.0.2-dev+build": any version 1, since newer ones only add what may be ignored. */
static bool is_version_one(const char *version)
{
        static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-+";
        const char *end;

        if (!text_starts_with(version, "1."))
                return false;
        for (int part = 0; part < 2; part++) {
                version += part ? 1 : 2;
                end = skip_digits(version);
                if (end == version)
                        return false;
                version = end;
                if (*version != '.')
                        break;
        }
        if (*version == '\0')
                return true;
        return (*version == '-' || *version == '+') && version[1] && version[strspn(version, allowed)] == '\0';
}

int check_version(const struct check *check)
{
        if (is_version_one(check->spec->oci_version))
                return 0;
        return check_refuse(check, "ociVersion: found \"%.60s\"; expected a version from 1.0 below 2, such as "
                            "\"1.2.0\"", check->spec->oci_version);
}

/* Names end up in files and prompts: nothing but what a name is made of. */
static int check_name(const struct check *check, const char *member, const char *name)
{
        if (!check_is_given(name))
                return 0;
        if (strlen(name) > NAME_MAX_BYTES)
                return check_refuse(check, "%s: found %zu bytes; expected at most %d", member, strlen(name),
                                    NAME_MAX_BYTES);
        if (check_has_control(name) || strpbrk(name, " /"))
                return check_refuse(check, "%s: found \"%s\"; expected a name without blanks, slashes and control "
                                    "characters", member, name);
        if (!spec_namespace_find(check->spec, SPEC_NAMESPACE_UTS))
                return check_refuse(check, "%s: found \"%s\" without a \"uts\" namespace; the host itself would be "
                                    "renamed: add {\"type\": \"uts\"} to linux.namespaces", member, name);
        return 0;
}

static int check_hook_list(const struct check *check, const char *at, const spec_hook_list *hooks)
{
        for (size_t i = 0; i < hooks->count; i++) {
                const struct check here = check_item(check, at, i);
                int r = check_absolute(&here, "path", hooks->items[i].path);

                if (r >= 0)
                        r = check_environment(&here, &hooks->items[i].env);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int check_hooks(const struct check *check)
{
        const struct spec_hooks *hooks = check->spec->hooks;
        int r;

        if (!hooks)
                return 0;
        r = check_hook_list(check, "hooks.prestart", &hooks->prestart);
        if (r >= 0)
                r = check_hook_list(check, "hooks.createRuntime", &hooks->create_runtime);
        if (r >= 0)
                r = check_hook_list(check, "hooks.createContainer", &hooks->create_container);
        if (r >= 0)
                r = check_hook_list(check, "hooks.startContainer", &hooks->start_container);
        if (r >= 0)
                r = check_hook_list(check, "hooks.poststart", &hooks->poststart);
        return r < 0 ? r : check_hook_list(check, "hooks.poststop", &hooks->poststop);
}

static int check_root(const struct check *check)
{
        const struct spec_root *root = check->spec->root;

        if (root && !check_is_given(root->path))
                return check_refuse(check, "root.path: missing or empty; expected a directory (leave out \"root\" as "
                                    "a whole for a copy of this machine)");
        return 0;
}

int check_spec(const struct check *check)
{
        const struct check process = check_member(check, "process");
        int r = check_version(check);

        if (r >= 0 && check_is_full(check->spec->vm))
                r = check_not_yet(check, "vm", "leave it out to run with this machine's kernel");
        if (r >= 0 && !check->spec->process)
                r = check_refuse(check, "process: missing; expected the program to run (args, cwd, env, user)");
        if (r >= 0)
                r = check_process_object(&process, check->spec->process);
        if (r >= 0)
                r = check_root(check);
        if (r >= 0)
                r = check_mounts(check);
        if (r >= 0)
                r = check_linux(check);
        if (r >= 0)
                r = check_name(check, "hostname", check->spec->hostname);
        if (r >= 0)
                r = check_name(check, "domainname", check->spec->domainname);
        return r < 0 ? r : check_hooks(check);
}
