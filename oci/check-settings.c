/* The rules of what a process is set to: scheduling, I/O priority, processors, memory policy, personality. */
#include "hcs/base/text.h"
#include "hcs/schema/kernel-words.h"
#include "oci/check.h"

#define PROCESSORS_MAX 8192
#define NODES_MAX 1024

static int refuse_word(const struct check *check, const char *member, const char *found, const struct kernel_word *words)
{
        _cleanup_(text_done) struct text names = { 0 };

        for (size_t i = 0; words[i].name; i++)
                text_addf(&names, "%s%s", i ? ", " : "", words[i].name);
        if (names.failed)
                return error_memory(check->err);
        return check_refuse(check, "%s: found \"%.60s\"; expected one of %s", member, found, names.data);
}

static int check_words(const struct check *check, const char *member, const struct strings *found, const struct kernel_word *words)
{
        for (size_t i = 0; i < found->count; i++)
                if (!kernel_word_find(words, found->items[i]))
                        return refuse_word(check, member, found->items[i], words);
        return 0;
}

static int check_scheduler(const struct check *check, const struct spec_scheduler *scheduler)
{
        const struct kernel_word *policy = kernel_word_find(kernel_schedulers, scheduler->policy);
        bool real_time = policy && (policy->number == KERNEL_SCHED_FIFO || policy->number == KERNEL_SCHED_RR);
        bool fair = policy && (policy->number == KERNEL_SCHED_OTHER || policy->number == KERNEL_SCHED_BATCH);

        if (!policy)
                return refuse_word(check, "scheduler.policy", scheduler->policy, kernel_schedulers);
        if (scheduler->nice < -20 || scheduler->nice > 19)
                return check_refuse(check, "scheduler.nice: found %d; expected a number from -20 to 19", scheduler->nice);
        if (scheduler->nice && !fair)
                return check_refuse(check, "scheduler.nice: does not go with %s; expected SCHED_OTHER or SCHED_BATCH", scheduler->policy);
        if (real_time ? scheduler->priority < 1 || scheduler->priority > 99 : scheduler->priority != 0)
                return check_refuse(check, "scheduler.priority: found %d; expected a number from 1 to 99 for SCHED_FIFO and SCHED_RR, and "
                                    "none for others", scheduler->priority);
        if ((scheduler->runtime || scheduler->deadline || scheduler->period) != (policy->number == KERNEL_SCHED_DEADLINE))
                return check_refuse(check, "scheduler: runtime, deadline and period go with SCHED_DEADLINE, which needs them");
        return check_words(check, "scheduler.flags", &scheduler->flags, kernel_scheduler_flags);
}

static int check_io_priority(const struct check *check, const struct spec_io_priority *priority)
{
        const struct kernel_word *class = kernel_word_find(kernel_io_classes, priority->class);

        if (!class)
                return refuse_word(check, "ioPriority.class", priority->class, kernel_io_classes);
        if (priority->priority < 0 || priority->priority > 7)
                return check_refuse(check, "ioPriority.priority: found %d; expected a number from 0 to 7", priority->priority);
        return 0;
}

static int check_list(const struct check *check, const char *member, const char *list, uint32_t bits)
{
        uint64_t set[PROCESSORS_MAX / 64];

        if (!check_is_given(list) || kernel_list_read(list, set, bits) == 0)
                return 0;
        return check_refuse(check, "%s: found \"%.60s\"; expected numbers and ranges such as \"0-3,8\", below %u", member, list, bits);
}

int check_process_settings(const struct check *check, const struct spec_process *process)
{
        const struct spec_cpu_affinity *affinity = process->exec_cpu_affinity;
        int r = 0;

        if (process->scheduler)
                r = check_scheduler(check, process->scheduler);
        if (r >= 0 && process->io_priority)
                r = check_io_priority(check, process->io_priority);
        if (r >= 0 && affinity)
                r = check_list(check, "execCPUAffinity.initial", affinity->initial, PROCESSORS_MAX);
        if (r >= 0 && affinity)
                r = check_list(check, "execCPUAffinity.final", affinity->final, PROCESSORS_MAX);
        return r;
}

static int check_personality(const struct check *check, const struct spec_personality *personality)
{
        if (!kernel_word_find(kernel_domains, personality->domain))
                return refuse_word(check, "personality.domain", personality->domain, kernel_domains);
        if (personality->flags.count > 0)
                return check_refuse(check, "personality.flags: found \"%.60s\"; the specification names none yet",
                                    personality->flags.items[0]);
        return 0;
}

static int check_memory_policy(const struct check *check, const struct spec_memory_policy *policy)
{
        if (!policy->mode)
                return policy->nodes || policy->flags.count ? check_refuse(check, "memoryPolicy.mode: missing") : 0;
        if (!kernel_word_find(kernel_memory_modes, policy->mode))
                return refuse_word(check, "memoryPolicy.mode", policy->mode, kernel_memory_modes);
        if (check_list(check, "memoryPolicy.nodes", policy->nodes, NODES_MAX) < 0)
                return check->err->code;
        return check_words(check, "memoryPolicy.flags", &policy->flags, kernel_memory_flags);
}

int check_linux_settings(const struct check *check, const struct spec_linux *linux_)
{
        int r = linux_->personality ? check_personality(check, linux_->personality) : 0;

        return r >= 0 && linux_->memory_policy ? check_memory_policy(check, linux_->memory_policy) : r;
}
