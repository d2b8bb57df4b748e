/* The process of a Windows bundle.  What only a POSIX system knows is refused where leaving it out would give the program
 * more rights or room than the bundle allows, and warned about by name where it only tunes. */
#include <string.h>

#include "oci/windows/check.h"
#include "oci/windows/path.h"

static int refuse_posix(const struct check *check, const char *member)
{
        return check_refuse(check, "%s: found for a program on Windows, which knows nothing like it; leave it out", member);
}

static int check_limits(const struct check *check, const struct spec_process *process)
{
        if (process->capabilities)
                return refuse_posix(check, "capabilities");
        if (process->rlimits.count)
                return refuse_posix(check, "rlimits");
        if (process->no_new_privileges)
                return refuse_posix(check, "noNewPrivileges");
        if (check_is_given(process->apparmor_profile))
                return refuse_posix(check, "apparmorProfile");
        if (check_is_given(process->selinux_label))
                return refuse_posix(check, "selinuxLabel");
        return 0;
}

static void warn_posix(const struct check *check, const struct spec_process *process)
{
        const struct { bool given; const char *member; } members[] = {
                { process->oom_score_adj != NULL, "oomScoreAdj" }, { process->scheduler != NULL, "scheduler" },
                { process->io_priority != NULL, "ioPriority" }, { process->exec_cpu_affinity != NULL, "execCPUAffinity" },
                { process->user.uid != 0, "user.uid" }, { process->user.gid != 0, "user.gid" },
                { process->user.umask != NULL, "user.umask" }, { process->user.additional_gids.count != 0, "user.additionalGids" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
                if (members[i].given)
                        check_tell(check, LOG_LEVEL_WARNING, "%s: means nothing on Windows, so it is passed over", members[i].member);
}

static int check_program(const struct check *check, const struct spec_process *process)
{
        if (check_is_given(process->command_line)) {
                if (process->args.count)
                        check_tell(check, LOG_LEVEL_WARNING, "args: passed over, since commandLine is there, too");
                return 0;
        }
        if (process->args.count == 0)
                return check_refuse(check, "args: missing or empty; expected the program and its arguments (or commandLine)");
        if (!*process->args.items[0])
                return check_refuse(check, "args[0]: found \"\"; expected the program");
        if (strchr(process->args.items[0], '"'))
                return check_refuse(check, "args[0]: found \"%.100s\"; no program of Windows has a quote in its name",
                                    process->args.items[0]);
        return 0;
}

static int check_cwd(const struct check *check, const char *cwd)
{
        if (check_is_given(cwd) && winpath_is_pipe(cwd))
                return check_refuse(check, "cwd: found \"%.200s\"; expected a folder", cwd);
        return wincheck_path(check, "cwd", cwd);
}

/* A Linux guest runs it by Linux's rules; what it can't do, it says itself. */
static int check_guest_process(const struct check *check, const struct spec_process *process)
{
        if (process->args.count == 0 || !*process->args.items[0])
                return check_refuse(check, "args: missing or empty; expected the program and its arguments");
        if (check_absolute(check, "cwd", process->cwd) < 0)
                return check->err->code;
        return check_environment(check, &process->env);
}

int wincheck_process(const struct check *check, const struct spec_process *process, enum oci_windows_kind kind)
{
        int r;

        if (kind == OCI_WINDOWS_LINUX)
                return check_guest_process(check, process);
        r = check_program(check, process);

        if (r >= 0)
                r = check_cwd(check, process->cwd);
        if (r >= 0)
                r = check_environment(check, &process->env);
        if (r >= 0 && process->user.username && check_has_control(process->user.username))
                r = check_refuse(check, "user.username: found control characters; expected a name such as \"ContainerUser\"");
        if (r >= 0)
                r = check_limits(check, process);
        if (r >= 0)
                warn_posix(check, process);
        return r;
}

int oci_windows_check_process(const struct spec_process *process, enum oci_windows_kind kind, const char *at,
                              const struct log *log, struct error *err)
{
        const struct check check = { .log = log, .err = err, .at = at, .index = CHECK_NO_INDEX };

        return wincheck_process(&check, process, kind);
}
