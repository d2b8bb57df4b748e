#include "src/lib/throwaway.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/path.h"
#include "hcs/base/text.h"

struct maker {
        struct arena arena;
        const struct throwaway *wanted;
        struct oci_template template_;
        const char *here;
        bool stays;
        struct error *err;
};

static void maker_done(struct maker *maker)
{
        arena_done(&maker->arena);
}

/* --- binds -------------------------------------------------------------------------------------------------------------- */

static int absolute(struct maker *maker, const char *path, const char **ret)
{
        _cleanup_(free_charp) char *whole = NULL, *clean = NULL;
        int r = path_absolute(path, &whole, maker->err);

        if (r >= 0)
                r = path_clean(whole, &clean, maker->err);
        if (r < 0)
                return r;
        *ret = arena_copy(&maker->arena, clean);
        return *ret ? 0 : error_memory(maker->err);
}

static int add_bind(struct maker *maker, const char *word, struct oci_template_bind *ret)
{
        char *source = arena_copy(&maker->arena, word), *destination, *option = NULL;

        if (!source)
                return error_memory(maker->err);
        destination = strchr(source, ':');
        if (destination)
                *destination++ = '\0';
        option = destination ? strchr(destination, ':') : NULL;
        if (option)
                *option++ = '\0';
        if (destination && text_equal(destination, "ro") && !option) {
                option = destination;
                destination = source;
        }
        if (!*source || (destination && *destination != '/' && destination != source) ||
            (option && !text_equal(option, "ro") && !text_equal(option, "rw")))
                return error_set(maker->err, E_INVALID_PARAMETER, "--bind: found \"%s\"; expected SRC, SRC:ro, SRC:DST or SRC:DST:ro, DST "
                                 "being absolute", word);
        ret->read_only = text_equal(option, "ro");
        if (absolute(maker, source, &ret->source) < 0)
                return maker->err->code;
        if (access(ret->source, F_OK) < 0)
                return error_errno(maker->err, "--bind: looking at %s", ret->source);
        return destination && destination != source ? absolute(maker, destination, &ret->destination)
                                                    : (ret->destination = ret->source, 0);
}

static int add_binds(struct maker *maker)
{
        const struct strings *words = &maker->wanted->binds;

        maker->template_.binds.items = arena_alloc_array(&maker->arena, words->count + 1, sizeof(*maker->template_.binds.items));
        if (!maker->template_.binds.items)
                return error_memory(maker->err);
        for (size_t i = 0; i < words->count; i++)
                if (add_bind(maker, words->items[i], &maker->template_.binds.items[maker->template_.binds.count++]) < 0)
                        return maker->err->code;
        return 0;
}

/* --- the working directory ---------------------------------------------------------------------------------------------- */

enum here { HERE_SYSTEM, HERE_COPIED, HERE_STAYS };

/* What the system has is in the copy anyway, and masked there. */
static enum here kind_of(const char *path)
{
        static const char *const system[] = {
                "/usr", "/etc", "/var", "/opt", "/srv", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/gnu", "/nix",
        };
        /* As a whole these hold keys, or what others have. */
        static const char *const whole[] = { "/home", "/root", "/tmp", "/var/tmp", "/mnt", "/media", "/run" };
        static const char *const never[] = { "/dev", "/proc", "/sys", "/run", "/boot", "/efi" };
        const char *home = getenv("HOME");

        if (text_equal(path, "/"))
                return HERE_SYSTEM;
        if (text_equal(path, home) || (text_starts_with(path, "/home/") && !strchr(path + 6, '/')))
                return HERE_STAYS;
        for (size_t i = 0; i < ARRAY_LENGTH(whole); i++)
                if (text_equal(path, whole[i]))
                        return HERE_STAYS;
        for (size_t i = 0; i < ARRAY_LENGTH(never); i++)
                if (path_is_below(path, never[i]))
                        return HERE_STAYS;
        for (size_t i = 0; i < ARRAY_LENGTH(system); i++)
                if (path_is_below(path, system[i]) && !path_is_below(path, "/var/tmp"))
                        return HERE_SYSTEM;
        return HERE_COPIED;
}

static int place_here(struct maker *maker, struct string_pair *annotation)
{
        _cleanup_(free_charp) char *here = getcwd(NULL, 0);
        const char **uncovered = arena_alloc_array(&maker->arena, 1, sizeof(*uncovered));
        enum here kind;

        if (!here || *here != '/')
                return error_errno(maker->err, "finding the working directory");
        maker->here = arena_copy(&maker->arena, here);
        if (!maker->here || !uncovered)
                return error_memory(maker->err);
        maker->template_.cwd = maker->here;
        for (size_t i = 0; i < maker->template_.binds.count; i++)
                if (path_is_below(maker->here, maker->template_.binds.items[i].destination))
                        return 0;
        kind = kind_of(maker->here);
        if (kind == HERE_STAYS) {
                maker->stays = true;
                maker->template_.cwd = "/";
        }
        if (kind != HERE_COPIED)
                return 0;
        if (strchr(maker->here, ':'))
                return error_set(maker->err, E_NOT_SUPPORTED, "the working directory \"%s\" has a \":\" in its name, which can't be "
                                 "copied; go elsewhere", maker->here);
        uncovered[0] = maker->here;
        maker->template_.uncovered = (struct strings){ uncovered, 1 };
        *annotation = (struct string_pair){ "org.hcs-sandbox.copy", maker->here };
        return 0;
}

/* --- all of it ---------------------------------------------------------------------------------------------------------- */

static int add_hidden(struct maker *maker, struct string_pair *annotation)
{
        const struct strings *hide = &maker->wanted->hide;
        const char *all = NULL;

        for (size_t i = 0; i < hide->count; i++) {
                const char *path;

                if (absolute(maker, hide->items[i], &path) < 0)
                        return maker->err->code;
                if (strchr(path, ':'))
                        return error_set(maker->err, E_INVALID_PARAMETER, "--hide: found \"%s\"; expected a path without \":\"", path);
                all = all ? arena_printf(&maker->arena, "%s:%s", all, path) : path;
                if (!all)
                        return error_memory(maker->err);
        }
        if (all)
                *annotation = (struct string_pair){ "org.hcs-sandbox.hide", all };
        return 0;
}

/* What tells a program how to speak to people; nothing that may be a secret. */
static int add_environment(struct maker *maker)
{
        static const char *const names[] = { "TERM", "COLORTERM", "NO_COLOR", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ" };
        const char **items = arena_alloc_array(&maker->arena, ARRAY_LENGTH(names) + 1, sizeof(*items));
        struct strings *env = &maker->template_.env;

        if (!items)
                return error_memory(maker->err);
        env->items = items;
        for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
                const char *value = getenv(names[i]);

                if (!value)
                        continue;
                env->items[env->count] = arena_printf(&maker->arena, "%s=%s", names[i], value);
                if (!env->items[env->count++])
                        return error_memory(maker->err);
        }
        return 0;
}

int throwaway_config(const struct throwaway *wanted, char **ret, bool *ret_stays, struct error *err)
{
        struct string_pair annotations[4] = { 0 };
        _cleanup_(maker_done) struct maker maker = {
                .wanted = wanted, .err = err,
                .template_ = {
                        .rootless = geteuid() != 0, .uid = geteuid(), .gid = getegid(), .args = wanted->args, .piped = !wanted->terminal,
                        .unlimited = true, .host_network = wanted->host_network, .annotations = { .items = annotations },
                },
        };
        struct string_pair *next = annotations;
        int r = add_binds(&maker);

        if (r >= 0)
                r = place_here(&maker, next);
        next += next->key != NULL;
        if (r >= 0)
                r = add_hidden(&maker, next);
        next += next->key != NULL;
        *next++ = (struct string_pair){ "org.hcs-sandbox.init", "true" };       /* or Ctrl-C would not end what has no handler for it */
        if (wanted->in_memory)
                *next++ = (struct string_pair){ "org.hcs-sandbox.scratch", "memory" };
        maker.template_.annotations.count = (size_t)(next - annotations);
        if (r >= 0)
                r = add_environment(&maker);
        if (r >= 0)
                r = oci_template(&maker.template_, ret, err);
        if (r >= 0)
                *ret_stays = maker.stays;
        return r;
}
