/* Kernel parameters: only those that a namespace of the sandbox has for itself, so that none changes the host.  A name
 * is written with dots ("net.ipv4.ip_forward") or with slashes, where dots are dots
 * ("net/ipv4/conf/eth0.1/forwarding"). */
#include <stdio.h>
#include <string.h>

#include "hcs/base/text.h"
#include "oci/check.h"

#define PATH_BYTES 256

/* The name as a path below /proc/sys; false when it is none. */
static bool to_path(const char *name, char path[PATH_BYTES])
{
        const char *separator = strpbrk(name, "./");

        if (!separator || strlen(name) >= PATH_BYTES || check_has_control(name))
                return false;
        if (*separator == '.' && strchr(name, '/'))
                return false;
        (void)snprintf(path, PATH_BYTES, "%s", name);
        if (*separator == '.')
                for (char *c = path; *c; c++)
                        if (*c == '.')
                                *c = '/';
        return !strstr(path, "//") && *path != '/' && !text_ends_with(path, "/") && !check_has_part(path, ".") &&
               !check_has_part(path, "..");
}

/* The namespace that a parameter belongs to, 0: none, it is the host's. */
static enum spec_namespace_kind owner_of(const char *path)
{
        static const char *const ipc[] = {
                "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax",
                "kernel/shmmni", "kernel/shm_rmid_forced",
        };

        if (text_starts_with(path, "net/"))
                return SPEC_NAMESPACE_NETWORK;
        if (text_starts_with(path, "fs/mqueue/"))
                return SPEC_NAMESPACE_IPC;
        if (text_equal(path, "kernel/domainname"))
                return SPEC_NAMESPACE_UTS;
        for (size_t i = 0; i < ARRAY_LENGTH(ipc); i++)
                if (text_equal(path, ipc[i]))
                        return SPEC_NAMESPACE_IPC;
        return (enum spec_namespace_kind)0;
}

static int check_one(const struct check *check, const struct string_pair *pair)
{
        const struct check place = check_member(check, "linux.sysctl");
        enum spec_namespace_kind owner;
        char path[PATH_BYTES];

        if (!to_path(pair->key, path))
                return check_refuse(&place, "%.200s: not the name of a kernel parameter; expected one like "
                                    "\"net.ipv4.ip_forward\"", pair->key);
        if (text_equal(path, "kernel/hostname"))
                return check_refuse(&place, "%s: found \"%.60s\"; expected that as the configuration's \"hostname\"",
                                    pair->key, pair->value);
        /* docker run --domainname arrives this way, so it is only refused where it says something else. */
        if (text_equal(path, "kernel/domainname") && check_is_given(check->spec->domainname) &&
            !text_equal(check->spec->domainname, pair->value))
                return check_refuse(&place, "%s: found \"%.60s\", but \"domainname\" says \"%.60s\"; expected one of "
                                    "them", pair->key, pair->value, check->spec->domainname);

        owner = owner_of(path);
        if (!owner)
                return check_refuse(&place, "%.200s: the whole host shares this parameter; expected one of a "
                                    "namespace: net.*, fs.mqueue.*, kernel.msg*, kernel.sem, kernel.shm*", pair->key);
        if (!spec_namespace_find(check->spec, owner))
                return check_refuse(&place, "%.200s: it belongs to the \"%s\" namespace, which is the host's here; "
                                    "add one to linux.namespaces", pair->key, spec_namespace_names[owner - 1]);
        for (const char *c = pair->value; *c; c++)
                if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
                        return check_refuse(&place, "%.200s: the value holds control characters; expected one line",
                                            pair->key);
        return 0;
}

int check_sysctl(const struct check *check)
{
        const struct string_map *sysctl = &check->spec->linux_->sysctl;

        for (size_t i = 0; i < sysctl->count; i++) {
                int r = check_one(check, &sysctl->items[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}
