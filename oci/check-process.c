/* The rules of a process: the first one of a configuration, and each that exec adds. */
#include <stdio.h>

#include "hcs/base/text.h"
#include "hcs/schema/linux-names.h"
#include "oci/check.h"
#include "oci/config.h"

#define NO_ID UINT32_MAX                /* (uid_t)-1: "leave as it is" to the kernel, never a user */

static int check_program(const struct check *check, const struct spec_process *process)
{
        if (process->args.count == 0)
                return check_refuse(check, "args: missing or empty; expected the program and its arguments");
        if (!*process->args.items[0])
                /* The end in the words that clients look for: their status is 127 then. */
                return check_refuse(check, "args[0]: found \"\"; expected the program: exec: \"\": executable file not found in $PATH");
        return check_absolute(check, "cwd", process->cwd);
}

static int check_user(const struct check *check, const struct spec_user *user)
{
        if (user->uid == NO_ID)
                return check_refuse(check, "user.uid: found %u; expected a number from 0 to %u", user->uid, NO_ID - 1);
        if (user->gid == NO_ID)
                return check_refuse(check, "user.gid: found %u; expected a number from 0 to %u", user->gid, NO_ID - 1);
        if (user->umask && *user->umask > 0777)
                return check_refuse(check, "user.umask: found %u; expected a number from 0 to 511 (0777)",
                                    *user->umask);
        for (size_t i = 0; i < user->additional_gids.count; i++)
                if (user->additional_gids.items[i] == NO_ID)
                        return check_refuse(check,
                                            "user.additionalGids[%zu]: found %u; expected a number from 0 to %u", i,
                                            NO_ID, NO_ID - 1);
        return 0;
}

/* --- capabilities: what can't be given is warned about, as the specification says -------------------------------- */

/* The known ones as bits; the others are warned about. */
static uint64_t read_set(const struct check *check, const char *name, const struct strings *set)
{
        uint64_t bits = 0;

        for (size_t i = 0; i < set->count; i++) {
                int number = linux_capability_number(set->items[i]);

                if (number >= 0)
                        bits |= UINT64_C(1) << number;
                else
                        check_tell(check, LOG_LEVEL_WARNING, "capabilities.%s[%zu]: \"%.60s\" is not known here, so "
                                   "it is not given", name, i, set->items[i]);
        }
        return bits;
}

/* The kernel lets none be effective or ambient that isn't permitted; runc and crun write such ambient sets by default,
 * which is therefore worth no more than a word. */
static void tell_missing(const struct check *check, enum log_level level, const char *name, uint64_t set,
                         uint64_t within)
{
        for (int number = 0; linux_capability_name(number); number++)
                if (set & ~within & UINT64_C(1) << number)
                        check_tell(check, level, "capabilities.%s: %s is not in the sets that allow it, so it is not "
                                   "given", name, linux_capability_name(number));
}

static void warn_capabilities(const struct check *check, const struct spec_capabilities *sets)
{
        uint64_t permitted, inheritable, effective, ambient;

        if (!sets)
                return;
        (void)read_set(check, "bounding", &sets->bounding);
        permitted = read_set(check, "permitted", &sets->permitted);
        inheritable = read_set(check, "inheritable", &sets->inheritable);
        effective = read_set(check, "effective", &sets->effective);
        ambient = read_set(check, "ambient", &sets->ambient);
        tell_missing(check, LOG_LEVEL_WARNING, "effective", effective, permitted);
        tell_missing(check, LOG_LEVEL_INFO, "ambient", ambient, permitted & inheritable);
}

/* --- limits ------------------------------------------------------------------------------------------------------- */

static int refuse_rlimit_type(const struct check *check, const char *type)
{
        _cleanup_(text_done) struct text names = { 0 };

        for (int number = 0; linux_rlimit_name(number); number++)
                text_addf(&names, "%s%s", number ? ", " : "", linux_rlimit_name(number));
        if (names.failed)
                return error_memory(check->err);
        return check_refuse(check, "type: found \"%.60s\"; expected one of %s", type, names.data);
}

static int check_rlimits(const struct check *check, const struct spec_process *process)
{
        char at[64];
        uint32_t seen = 0;

        /* The list stands below the process, which has a place of its own. */
        (void)snprintf(at, sizeof(at), "%s%srlimits", check->at, *check->at ? "." : "");
        for (size_t i = 0; i < process->rlimits.count; i++) {
                const struct spec_rlimit *limit = &process->rlimits.items[i];
                const struct check here = check_item(check, at, i);
                int number = linux_rlimit_number(limit->type);

                if (number < 0)
                        return refuse_rlimit_type(&here, limit->type);
                if (seen & 1u << number)
                        return check_refuse(&here, "type: %s is here twice; expected each once", limit->type);
                if (limit->soft > limit->hard)
                        return check_refuse(&here, "soft: found %llu, above hard, %llu; expected at most that",
                                            (unsigned long long)limit->soft, (unsigned long long)limit->hard);
                seen |= 1u << number;
        }
        return 0;
}

int check_process_object(const struct check *check, const struct spec_process *process)
{
        int r = check_program(check, process);

        if (r >= 0)
                r = check_environment(check, &process->env);
        if (r >= 0)
                r = check_user(check, &process->user);
        if (r >= 0)
                r = check_rlimits(check, process);
        if (r >= 0 && process->oom_score_adj && (*process->oom_score_adj < -1000 || *process->oom_score_adj > 1000))
                r = check_refuse(check, "oomScoreAdj: found %d; expected a number from -1000 to 1000",
                                 *process->oom_score_adj);
        if (r >= 0)
                r = check_process_settings(check, process);
        if (r >= 0)
                warn_capabilities(check, process->capabilities);
        return r;
}

int oci_check_process(const struct spec_process *process, const char *at, const struct log *log, struct error *err)
{
        const struct check check = { .log = log, .err = err, .at = at, .index = CHECK_NO_INDEX };

        return check_process_object(&check, process);
}
