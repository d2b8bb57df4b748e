/* The rules of mounts.  The kernel knows best what a file system takes; refused here is what would be misunderstood,
 * what is not carried out, and what must not be: whatever lies on /proc but a procfs (the runtime itself trusts what it
 * finds there). */
#include <string.h>

#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "hcs/schema/linux-names.h"
#include "oci/check.h"

bool check_is_bind(const struct spec_mount *mount)
{
        if (text_equal(mount->type, "bind"))
                return true;
        for (size_t i = 0; i < mount->options.count; i++)
                if (text_equal(mount->options.items[i], "bind") || text_equal(mount->options.items[i], "rbind"))
                        return true;
        return false;
}

/* Files below /proc that something like lxcfs may replace: they are read by programs, never by the runtime. */
static bool may_be_replaced(const char *path)
{
        static const char *const paths[] = {
                "/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/slabinfo", "/proc/stat",
                "/proc/swaps", "/proc/uptime", "/proc/pressure/cpu", "/proc/pressure/io", "/proc/pressure/memory",
                "/proc/sys/crypto/fips_enabled", "/proc/sys/kernel/ns_last_pid",
        };

        for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
                if (text_equal(paths[i], path))
                        return true;
        return false;
}

static int check_proc(const struct check *check, const struct spec_mount *mount, const char *clean, bool bind)
{
        if (!path_is_below(clean, "/proc"))
                return 0;
        if (!text_equal(clean, "/proc")) {
                if (bind && may_be_replaced(clean))
                        return 0;
                return check_refuse(check, "destination: found \"%.200s\"; below /proc only a few files may be bound "
                                    "over, such as /proc/meminfo or /proc/cpuinfo", mount->destination);
        }
        if (bind ? text_equal(mount->source, "/proc") : text_equal(mount->type, "proc"))
                return 0;
        return check_refuse(check, "destination: found \"/proc\" for %s \"%.100s\"; only type \"proc\", or a bind of "
                            "/proc, may be mounted there", bind ? "a bind of" : "type",
                            bind ? mount->source : mount->type);
}

/* Other runtimes hand these to the kernel, which does not look at them for a bind: whoever gives all mounts one list relies on that. */
static bool is_of_tmpfs(const char *name)
{
        static const char *const options[] = { "mode=", "size=", "uid=", "gid=", "nr_inodes=", "nr_blocks=" };

        for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
                if (strncmp(name, options[i], strlen(options[i])) == 0)
                        return true;
        return false;
}

static int check_option(const struct check *check, const struct spec_mount *mount, size_t i, bool bind)
{
        const char *name = mount->options.items[i];
        const struct linux_mount_option *option = linux_mount_option_find(name);

        if (!*name || check_has_control(name))
                return check_refuse(check, "options[%zu]: found \"%.100s\"; expected a mount option", i, name);
        if (text_equal(name, "remount"))
                return check_refuse(check, "options[%zu]: found \"remount\"; a configuration's mounts are always new "
                                    "ones", i);
        /* Of the file system: a view of one that is mounted already can't change it. */
        if (!option || option->super) {
                if (!bind)
                        return 0;
                if (is_of_tmpfs(name)) {
                        check_tell(check, LOG_LEVEL_WARNING, "options[%zu]: \"%.100s\" is for a tmpfs, and changes nothing of "
                                   "what is bound here", i, name);
                        return 0;
                }
                return check_refuse(check, "options[%zu]: found \"%.100s\"; a bind mount takes only attributes (ro, "
                                    "nosuid, nodev, noexec, ...) and propagation (private, slave, ...)", i, name);
        }
        if ((option->kind == LINUX_MOUNT_IDMAP || option->kind == LINUX_MOUNT_RIDMAP) && mount->uid_mappings.count == 0 &&
            !spec_namespace_find(check->spec, SPEC_NAMESPACE_USER))
                return check_refuse(check, "options[%zu]: found \"%s\" without uidMappings and gidMappings, and without a \"user\" "
                                    "namespace whose mappings it could have", i, name);
        if ((option->kind == LINUX_MOUNT_IDMAP || option->kind == LINUX_MOUNT_RIDMAP) && !bind)
                return check_refuse(check, "options[%zu]: found \"%s\"; only a bind mount can be mapped", i, name);
        if (option->kind == LINUX_MOUNT_COPY_UP && (bind || !text_equal(mount->type, "tmpfs")))
                return check_refuse(check, "options[%zu]: found \"tmpcopyup\"; it goes with type \"tmpfs\" only", i);
        return 0;
}

static int check_source(const struct check *check, const struct spec_mount *mount, bool bind)
{
        if (bind && !check_is_given(mount->source))
                return check_refuse(check, "source: missing or empty; a bind mount needs what it is a view of");
        if (!bind && !check_is_given(mount->type))
                return check_refuse(check, "type: missing or empty; expected a file system such as \"tmpfs\", or the "
                                    "option \"bind\" or \"rbind\"");
        if ((mount->uid_mappings.count > 0) != (mount->gid_mappings.count > 0))
                return check_refuse(check, "%s: missing; uidMappings and gidMappings go together",
                                    mount->uid_mappings.count > 0 ? "gidMappings" : "uidMappings");
        if (mount->uid_mappings.count > 0 && !bind)
                return check_refuse(check, "uidMappings: only a bind mount can be mapped");
        return 0;
}

static int check_mount(const struct check *check, const struct spec_mount *mount)
{
        _cleanup_(free_charp) char *clean = NULL;
        bool bind = check_is_bind(mount);
        int r;

        if (!*mount->destination)
                return check_refuse(check, "destination: found \"\"; expected an absolute path");
        if (*mount->destination != '/')
                check_tell(check, LOG_LEVEL_WARNING, "destination: found \"%.200s\"; taken as /%.200s",
                           mount->destination, mount->destination);
        r = path_clean(mount->destination, &clean, check->err);
        if (r < 0)
                return r;
        if (text_equal(clean, "/"))
                return check_refuse(check, "destination: found \"%.100s\"; the root itself is what \"root\" says",
                                    mount->destination);

        r = check_source(check, mount, bind);
        if (r >= 0)
                r = check_proc(check, mount, clean, bind);
        for (size_t i = 0; r >= 0 && i < mount->options.count; i++)
                r = check_option(check, mount, i, bind);
        return r;
}

int check_mounts(const struct check *check)
{
        for (size_t i = 0; i < check->spec->mounts.count; i++) {
                const struct check here = check_item(check, "mounts", i);
                int r = check_mount(&here, &check->spec->mounts.items[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}
