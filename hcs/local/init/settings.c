#include "hcs/local/init/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "hcs/schema/kernel-words.h"

#define PROCESSORS_MAX 8192
#define NODES_MAX 1024

static uint32_t number_of(const struct kernel_word *words, const char *name)
{
        const struct kernel_word *word = kernel_word_find(words, name);

        return word ? word->number : 0;         /* the unknown were refused above */
}

static uint32_t bits_of(const struct kernel_word *words, const struct strings *names)
{
        uint32_t bits = 0;

        for (size_t i = 0; i < names->count; i++)
                bits |= number_of(words, names->items[i]);
        return bits;
}

/* --- scheduling --------------------------------------------------------------------------------------------------------- */

/* struct sched_attr of the first version, which has no clamps; no library of ours has it. */
struct attributes {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
};

static int set_scheduler(const struct spec_scheduler *scheduler, struct error *err)
{
        const struct attributes wanted = {
                .size = sizeof(wanted), .policy = number_of(kernel_schedulers, scheduler->policy),
                .flags = bits_of(kernel_scheduler_flags, &scheduler->flags), .nice = scheduler->nice,
                .priority = (uint32_t)scheduler->priority, .runtime = scheduler->runtime, .deadline = scheduler->deadline,
                .period = scheduler->period,
        };

        if (syscall(SYS_sched_setattr, 0, &wanted, 0) < 0)
                return error_errno(err, "process.scheduler: setting %s%s", scheduler->policy,
                                   errno == EPERM ? " (needs CAP_SYS_NICE, and time for it in the cgroup)" : "");
        return 0;
}

static int set_io_priority(const struct spec_io_priority *priority, struct error *err)
{
        uint32_t value = number_of(kernel_io_classes, priority->class) << 13 | (uint32_t)priority->priority;

        if (syscall(SYS_ioprio_set, 1, 0, value) < 0)   /* IOPRIO_WHO_PROCESS, this one */
                return error_errno(err, "process.ioPriority: setting %s, %d", priority->class, (int)priority->priority);
        return 0;
}

int settings_move_to(const char *processors, const char *member, struct error *err)
{
        uint64_t set[PROCESSORS_MAX / 64];

        if (!processors || !*processors)
                return 0;
        if (kernel_list_read(processors, set, PROCESSORS_MAX) < 0)
                return error_set(err, E_INVALID_DATA, "%s: found \"%.60s\"; expected processors such as \"0-3,8\"", member, processors);
        if (syscall(SYS_sched_setaffinity, 0, sizeof(set), set) < 0)
                return error_errno(err, "%s: moving to processors %s%s", member, processors,
                                   errno == EINVAL ? " (none of them is there for this process)" : "");
        return 0;
}

/* --- memory, personality ------------------------------------------------------------------------------------------------ */

static int set_memory_policy(const struct spec_memory_policy *policy, struct error *err)
{
        uint32_t mode = number_of(kernel_memory_modes, policy->mode) | bits_of(kernel_memory_flags, &policy->flags);
        uint64_t nodes[NODES_MAX / 64];
        bool given = policy->nodes && *policy->nodes;

        if (given && kernel_list_read(policy->nodes, nodes, NODES_MAX) < 0)
                return error_set(err, E_INVALID_DATA, "linux.memoryPolicy.nodes: found \"%.60s\"; expected nodes such as \"0-1\"",
                                 policy->nodes);
        /* The kernel takes one bit less than it is told of. */
        if (syscall(SYS_set_mempolicy, mode, given ? nodes : NULL, given ? NODES_MAX + 1 : 0) < 0)
                return error_errno(err, "linux.memoryPolicy: setting %s%s", policy->mode,
                                   errno == EINVAL ? " (are all of its nodes there?)" : "");
        return 0;
}

static int set_personality(const struct spec_personality *personality, struct error *err)
{
        return syscall(SYS_personality, (unsigned long)number_of(kernel_domains, personality->domain)) < 0
                       ? error_errno(err, "linux.personality: becoming %s", personality->domain) : 0;
}

int settings_apply(const struct spec_process *process, const struct spec_personality *personality,
                   const struct spec_memory_policy *memory_policy, struct error *err)
{
        int r = 0;

        if (process->scheduler)
                r = set_scheduler(process->scheduler, err);
        if (r >= 0 && process->io_priority)
                r = set_io_priority(process->io_priority, err);
        if (r >= 0 && memory_policy && memory_policy->mode)
                r = set_memory_policy(memory_policy, err);
        if (r >= 0 && personality)
                r = set_personality(personality, err);
        return r;
}

/* --- labels ------------------------------------------------------------------------------------------------------------- */

/* Below the procfs itself, whatever may lie over it elsewhere (runtime CVE-2019-16884). */
static int open_attribute(int proc, const char *name)
{
        char path[64];

        snprintf(path, sizeof(path), "thread-self/attr/%s", name);
        return sys_openat2(proc, path, O_WRONLY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
}

static int write_attribute(int proc, const char *name, const char *older, const char *value, const char *what, struct error *err)
{
        _cleanup_(io_closep) int fd = open_attribute(proc, name);

        if (fd < 0 && errno == ENOENT && older)
                fd = open_attribute(proc, older);
        if (fd < 0)
                return error_errno(err, "%s: opening `/proc/thread-self/attr/%s`", what, name);
        if (write(fd, value, strlen(value)) < 0)
                return error_errno(err, "%s: writing `/proc/thread-self/attr/%s`", what, name);
        return 0;
}

int settings_label(int proc, const struct spec_process *process, struct error *err)
{
        char text[4096];
        int r = 0;

        if (process->apparmor_profile && *process->apparmor_profile) {
                if (snprintf(text, sizeof(text), "exec %s", process->apparmor_profile) >= (int)sizeof(text))
                        return error_set(err, E_INVALID_DATA, "process.apparmorProfile: too long");
                r = write_attribute(proc, "apparmor/exec", "exec", text, "process.apparmorProfile", err);
        }
        if (r >= 0 && process->selinux_label && *process->selinux_label)
                r = write_attribute(proc, "exec", NULL, process->selinux_label, "process.selinuxLabel", err);
        return r;
}

int settings_label_keys(int proc, const char *label, struct error *err)
{
        return write_attribute(proc, "keycreate", NULL, label ? label : "", "process.selinuxLabel", err);
}
