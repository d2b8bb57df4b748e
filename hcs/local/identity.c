#include "hcs/local/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"

static int write_map(pid_t pid, const char *file, const spec_mappings *mappings, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        char path[64];
        int r;

        spec_mappings_write(mappings, &text);
        r = text_check(&text, err);
        if (r < 0)
                return r;
        snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
        return io_write_value_at(AT_FDCWD, path, text.data, err);
}

/* The set-uid helpers know from /etc/subuid and /etc/subgid what this user may map. */
static int map_by_helper(const char *program, const char *package_file, pid_t pid, const spec_mappings *mappings,
                         struct error *err)
{
        _cleanup_(free_charp) char *numbers = calloc(mappings->count * 3 + 1, 16);
        const char **args = calloc(mappings->count * 3 + 3, sizeof(*args));
        char *const environment[] = { (char *)"PATH=/usr/bin:/bin:/usr/sbin:/sbin", NULL };
        size_t n = 0;
        int status = 0, r;
        pid_t child;

        if (!numbers || !args) {
                free(args);
                return error_memory(err);
        }
        args[n++] = program;
        snprintf(numbers, 16, "%d", (int)pid);
        args[n++] = numbers;
        for (size_t i = 0; i < mappings->count; i++) {
                const uint32_t triple[3] = { mappings->items[i].container_id, mappings->items[i].host_id,
                                             mappings->items[i].size };

                for (size_t k = 0; k < 3; k++, n++) {
                        char *number = numbers + (n - 1) * 16;

                        snprintf(number, 16, "%u", triple[k]);
                        args[n] = number;
                }
        }

        r = posix_spawnp(&child, program, NULL, NULL, (char *const *)(uintptr_t)args, environment);
        free(args);
        if (r != 0)
                return error_errnum(err, r, "running %s, which maps more than your own id (Debian package uidmap)", program);
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, "waiting for %s", program);
        if (status != 0)
                return error_set(err, E_ACCESS, "%s refuses these mappings; %s tells which ids are yours", program,
                                 package_file);
        return 0;
}

static bool is_own_id_only(const spec_mappings *mappings, uint32_t id)
{
        return mappings->count == 1 && mappings->items[0].host_id == id && mappings->items[0].size == 1;
}

/* Root of the user namespace that we are in may map what it has; anybody may map itself. */
static int map_one(pid_t pid, const char *file, const char *program, const char *package_file, const spec_mappings *mappings,
                   uint32_t own, struct error *err)
{
        if (geteuid() == 0 || is_own_id_only(mappings, own))
                return write_map(pid, file, mappings, err);
        return map_by_helper(program, package_file, pid, mappings, err);
}

int identity_map(pid_t pid, const struct spec_linux *linux_, struct error *err)
{
        bool deny = geteuid() != 0 && is_own_id_only(&linux_->gid_mappings, getegid());
        char path[64];
        int r;

        if (deny) {
                snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)pid);
                r = io_write_value_at(AT_FDCWD, path, "deny", err);
                if (r < 0)
                        return error_wrap(err, "mapping group ids");
        }
        r = map_one(pid, "uid_map", "newuidmap", "/etc/subuid", &linux_->uid_mappings, geteuid(), err);
        if (r < 0)
                return error_wrap(err, "mapping user ids");
        r = map_one(pid, "gid_map", "newgidmap", "/etc/subgid", &linux_->gid_mappings, getegid(), err);
        return r < 0 ? error_wrap(err, "mapping group ids") : 0;
}
