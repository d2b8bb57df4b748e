/* Privileges go down in one place, for create and exec alike (rule 6): bounding set, groups, ids, capability sets,
 * no_new_privs, in the order that works; then all is read back. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/base/system.h"
#include "hcs/local/init/init.h"
#include "hcs/schema/linux-names.h"

struct sets { uint64_t bounding, effective, inheritable, permitted, ambient; };

/* Uid 0 of the user namespace, for the making of the place.  Where it isn't mapped, we stay who we are, with all
 * capabilities. */
int privileges_become_root(struct error *err)
{
        if (setresgid(0, 0, 0) < 0 && errno != EINVAL)
                return error_errno(err, "becoming group 0 of the user namespace");
        if (setresuid(0, 0, 0) < 0 && errno != EINVAL)
                return error_errno(err, "becoming user 0 of the user namespace");
        /* Changing ids gave the files in /proc/self away; nobody may look into us. */
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        return 0;
}

static uint64_t set_of(const struct strings *names)
{
        uint64_t set = 0;

        for (size_t i = 0; i < names->count; i++) {
                int number = linux_capability_number(names->items[i]);

                if (number >= 0)        /* unknown names were warned about above */
                        set |= UINT64_C(1) << number;
        }
        return set;
}

static struct sets wanted_sets(const struct spec_capabilities *capabilities)
{
        static const struct spec_capabilities none;

        if (!capabilities)
                capabilities = &none;
        return (struct sets){
                .bounding = set_of(&capabilities->bounding), .effective = set_of(&capabilities->effective),
                .inheritable = set_of(&capabilities->inheritable), .permitted = set_of(&capabilities->permitted),
                .ambient = set_of(&capabilities->ambient),
        };
}

static int get_capabilities(struct sets *ret)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];

        if (syscall(SYS_capget, &header, data) < 0)
                return -1;
        ret->effective = data[0].effective | (uint64_t)data[1].effective << 32;
        ret->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
        ret->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
        return 0;
}

static int set_capabilities(const struct sets *sets)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = {
                { (uint32_t)sets->effective, (uint32_t)sets->permitted, (uint32_t)sets->inheritable },
                { (uint32_t)(sets->effective >> 32), (uint32_t)(sets->permitted >> 32), (uint32_t)(sets->inheritable >> 32) },
        };

        return (int)syscall(SYS_capset, &header, data);
}

static int drop_bounding(uint64_t keep, struct error *err)
{
        for (unsigned long c = 0; c < 64; c++) {
                if (keep & UINT64_C(1) << c)
                        continue;
                if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0) {
                        if (errno == EINVAL)            /* past the kernel's last */
                                break;
                        return error_errno(err, "process.capabilities: dropping %s from the bounding set",
                                           linux_capability_name((int)c) ? linux_capability_name((int)c) : "one");
                }
        }
        return 0;
}

/* In a user namespace that its unprivileged maker mapped, setgroups is denied: the caller's groups can't be dropped then, and
 * asking for others can't be met. */
static int set_groups(const struct init *init, struct error *err)
{
        const struct uint32s *groups = &init->process->user.additional_gids;

        if (setgroups(groups->count, groups->items) == 0)
                return 0;
        if (errno == EPERM && groups->count == 0 && (init->plan.unprivileged || !system_is_first_user_namespace()))
                return 0;
        return error_errno(err, "process.user.additionalGids: setting %zu groups", groups->count);
}

static int set_ids(const struct init *init, struct error *err)
{
        const struct spec_user *user = &init->process->user;
        int r = set_groups(init, err);

        if (r < 0)
                return r;
        if (setresgid(user->gid, user->gid, user->gid) < 0)
                return error_errno(err, "process.user.gid: becoming group %u%s", user->gid,
                                   errno == EINVAL ? " (not mapped in this user namespace)" : "");
        if (setresuid(user->uid, user->uid, user->uid) < 0)
                return error_errno(err, "process.user.uid: becoming user %u%s", user->uid,
                                   errno == EINVAL ? " (not mapped in this user namespace)" : "");
        /* The change of ids made this process as open to that user as the machine has it (fs.suid_dumpable), and there may be others of
         * that user in the sandbox.  The execve makes the program what programs are. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return error_errno(err, "keeping this process unreadable");
        return 0;
}

static int raise_ambient(uint64_t set, struct error *err)
{
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
                return error_errno(err, "process.capabilities: clearing the ambient set");
        for (unsigned long c = 0; c < 64; c++)
                if (set & UINT64_C(1) << c && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) < 0)
                        return error_errno(err, "process.capabilities.ambient: raising %s (must be permitted and inheritable)",
                                           linux_capability_name((int)c));
        return 0;
}

static int verify(const struct spec_user *user, const struct sets *wanted, struct error *err)
{
        struct sets now = { 0 };
        uid_t uid[3];
        gid_t gid[3];

        if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0 || get_capabilities(&now) < 0)
                return error_errno(err, "reading the privileges back");
        for (int i = 0; i < 3; i++)
                if (uid[i] != user->uid || gid[i] != user->gid)
                        return error_set(err, E_ACCESS, "process.user: the kernel says %u:%u, not %u:%u", uid[i], gid[i],
                                         user->uid, user->gid);
        if (now.effective & ~wanted->effective || now.permitted & ~wanted->permitted || now.inheritable & ~wanted->inheritable)
                return error_set(err, E_ACCESS, "process.capabilities: the kernel keeps more than was asked for");
        return 0;
}

/* The change of user took the effective ones, of which it needs one. */
static int load_filter(const struct init *init, const struct sets *now, struct error *err)
{
        struct sets all = *now;

        if (!init->filter || init->process->no_new_privileges)
                return 0;
        all.effective = all.permitted;
        if (set_capabilities(&all) < 0)
                return error_errno(err, "process.capabilities: using them once more");
        return filter_install(init, FILTER_WHILE_PRIVILEGED, err);
}

/* Limits above the present ones were raised from outside; lowering comes last (program_execute). */
int privileges_drop(const struct init *init, struct error *err)
{
        const struct spec_process *process = init->process;
        struct sets wanted = wanted_sets(process->capabilities), now;
        int r;

        if (get_capabilities(&now) < 0)
                return error_errno(err, "reading the capabilities");
        r = drop_bounding(wanted.bounding, err);
        if (r < 0)
                return r;

        /* Permitted ones survive the change of ids, to be cut to measure behind it. */
        if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
                return error_errno(err, "keeping capabilities over the change of user");
        r = set_ids(init, err);
        if (r < 0)
                return r;
        if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
                return error_errno(err, "ending the keeping of capabilities");

        r = load_filter(init, &now, err);
        if (r < 0)
                return r;

        /* What this process doesn't have, it can't hand on: that was warned about, and is no reason to fail. */
        wanted.permitted &= now.permitted;
        wanted.effective &= wanted.permitted;
        wanted.inheritable &= now.permitted | now.inheritable;
        wanted.ambient &= wanted.permitted & wanted.inheritable;
        if (set_capabilities(&wanted) < 0)
                return error_errno(err, "process.capabilities: setting them");
        r = raise_ambient(wanted.ambient, err);
        if (r < 0)
                return r;
        if (process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return error_errno(err, "process.noNewPrivileges: setting it");

        umask(process->user.umask ? (mode_t)*process->user.umask : 0022);
        return verify(&process->user, &wanted, err);
}

int privileges_limit(const struct spec_process *process, struct error *err)
{
        for (size_t i = 0; i < process->rlimits.count; i++) {
                const struct spec_rlimit *limit = &process->rlimits.items[i];
                struct rlimit value = { .rlim_cur = limit->soft, .rlim_max = limit->hard };

                if (setrlimit(linux_rlimit_number(limit->type), &value) < 0)
                        return error_errno(err, "process.rlimits: setting %s to %llu, %llu", limit->type,
                                           (unsigned long long)limit->soft, (unsigned long long)limit->hard);
        }
        return 0;
}
