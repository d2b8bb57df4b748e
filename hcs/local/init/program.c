/* The program itself: where it starts, which file it is, and the step into it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/local/init/init.h"
#include "hcs/local/init/settings.h"

/* With the rights of the place's maker, as the incumbents do.  After entering: a cwd outside of the root would show as
 * "(unreachable)" (rule 7). */
static int enter_directory(const struct init *init, struct error *err)
{
        const char *cwd = init->process->cwd;
        char now[4096];

        if (chdir(cwd) < 0)
                return error_errno(err, "process.cwd: entering \"%s\"", cwd);
        if (!getcwd(now, sizeof(now)) || now[0] != '/')
                return error_set(err, E_ACCESS, "process.cwd: \"%s\" leads out of the root file system", cwd);
        return 0;
}

static const char *variable(const struct spec_process *process, const char *name)
{
        size_t length = strlen(name);
        const char *value = NULL;

        for (size_t i = 0; i < process->env.count; i++)
                if (strncmp(process->env.items[i], name, length) == 0 && process->env.items[i][length] == '=')
                        value = process->env.items[i] + length + 1;
        return value;
}

/* Could the kernel execute it?  With this process's own, already lowered, rights.  A seccomp profile that is older than faccessat2
 * refuses that with EPERM, which no file gives: then the execve will tell. */
static int check_file(const char *path)
{
        struct stat file;

        if (stat(path, &file) < 0)
                return errno;
        if (S_ISDIR(file.st_mode))
                return EISDIR;
        if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
                return 0;
        if (errno == EPERM || errno == ENOSYS)
                return file.st_mode & 0111 ? 0 : EACCES;
        return errno;
}

/* Words that clients look for (oci-clients.md 5.3). */
static int tell(const char *name, const char *path, int errnum, struct error *err)
{
        if (errnum == ENOENT || errnum == ENOTDIR)
                return error_set(err, error_from_errno(errnum), "exec: \"%s\": stat %s: %s", name, path,
                                 error_errno_text(errnum));
        /* By its second half podman, and docker before 24, know that the status is 126; by the first one newer ones do. */
        if (errnum == EISDIR)
                return error_set(err, error_from_errno(errnum), "exec: \"%s\": is a directory: permission denied", name);
        return error_set(err, error_from_errno(errnum), "exec: \"%s\": %s", name, error_errno_text(errnum));
}

static int search(struct init *init, const char *name, struct error *err)
{
        const char *path = variable(init->process, "PATH");
        int denied = 0;

        for (const char *part = path ? path : ""; *part;) {
                size_t length = strcspn(part, ":");
                char *candidate = arena_printf(&init->arena, "%.*s%s%s", (int)length, part, length ? "/" : "./", name);
                int errnum;

                if (!candidate)
                        return error_memory(err);
                errnum = check_file(candidate);
                if (errnum == 0) {
                        init->program = candidate;
                        return 0;
                }
                if (errnum == EACCES)
                        denied = errnum;
                part += length + (part[length] == ':');
        }
        if (denied)
                return tell(name, name, denied, err);
        return error_set(err, E_FILE_NOT_FOUND, "exec: \"%s\": executable file not found in $PATH", name);
}

static int find(struct init *init, struct error *err)
{
        const char *name = init->process->args.items[0];
        int errnum;

        if (!strchr(name, '/'))
                return search(init, name, err);
        errnum = check_file(name);
        if (errnum != 0)
                return tell(name, name, errnum, err);
        init->program = name;
        return 0;
}

int program_prepare(struct init *init, const struct spec_personality *personality, const struct spec_memory_policy *memory_policy,
                    struct error *err)
{
        int r = console_adopt(init, err);

        if (r >= 0)
                r = enter_directory(init, err);
        if (r >= 0 && !variable(init->process, "HOME"))
                init->home = account_home(&init->arena, init->process->user.uid);
        if (r >= 0)             /* late: under a slow scheduler all that is done before would be slow */
                r = settings_apply(init->process, personality, memory_policy, err);
        if (r >= 0)
                r = kernel_label(init, err);
        if (r >= 0)
                r = filter_prepare(init, err);          /* asks the engine, which may still be busy with it */
        if (r >= 0 && init->plan.guard)
                r = guard_install(err);
        if (r >= 0)
                r = privileges_drop(init, err);
        if (r >= 0)
                r = find(init, err);
        return r >= 0 ? filter_install(init, FILTER_BEFORE_READY, err) : r;
}

/* Of variables that are there twice the later one counts, as for the shell; getenv() would find the earlier. */
static void drop_earlier(const char **env)
{
        size_t kept = 0;

        for (size_t i = 0; env[i]; i++) {
                size_t name = strcspn(env[i], "=");
                bool again = false;

                for (size_t k = i + 1; env[k] && !again; k++)
                        again = strncmp(env[i], env[k], name) == 0 && env[k][name] == env[i][name];
                if (!again)
                        env[kept++] = env[i];
        }
        env[kept] = NULL;
}

#define ADDED_MAX 5                     /* variables that are ours */

static const char **vector(struct init *init, const struct strings *strings)
{
        const char **list = arena_alloc_array(&init->arena, strings->count + ADDED_MAX + 1, sizeof(*list));

        if (list && strings->count)
                memcpy(list, strings->items, strings->count * sizeof(*list));
        return list;
}

/* Of the first process; NULL: none. */
static const struct doc_options *options_of(const struct init *init)
{
        return init->plan.join ? NULL : init->document.hosted_system->options;
}

static const char **end_of(const char **env)
{
        while (*env)
                env++;
        return env;
}

static int add_home(struct init *init, const char **env, struct error *err)
{
        if (!init->home)
                return 0;
        env = end_of(env);
        *env = arena_printf(&init->arena, "HOME=%s", init->home);
        return *env ? 0 : error_memory(err);
}

static void add_notify(const struct init *init, const char **env)
{
        const struct doc_options *options = options_of(init);

        if (options && options->notify_directory)
                *end_of(env) = "NOTIFY_SOCKET=" NOTIFY_PLACE "/notify.sock";
}

#define LISTEN_PID "LISTEN_PID="

/* Sockets of a service manager, sd_listen_fds(3): the program is to know that they are its own.  Which number it will have is not known
 * yet. */
static int add_listening(struct init *init, char *pid, const char **env, struct error *err)
{
        const struct doc_options *options = options_of(init);
        size_t count = init->process->env.count;

        if (!options || !options->listen_handles)
                return 0;
        env[count] = arena_printf(&init->arena, "LISTEN_FDS=%u", options->listen_handles);
        env[count + 1] = strcpy(pid, LISTEN_PID);
        if (options->listen_names)
                env[count + 2] = arena_printf(&init->arena, "LISTEN_FDNAMES=%s", options->listen_names);
        return env[count] && (!options->listen_names || env[count + 2]) ? 0 : error_memory(err);
}

int descriptors_end_here(const struct init *init, struct error *err)
{
        return sys_close_range(3 + init->plan.handles, ~0u, CLOSE_RANGE_CLOEXEC) < 0 ? error_errno(err, "closing descriptors") : 0;
}

static bool stays_first(const struct init *init)
{
        const struct doc_options *options = options_of(init);

        return options && options->init_stays;
}

int program_execute(struct init *init, struct error *err)
{
        const char **args = vector(init, &init->process->args), **env = vector(init, &init->process->env);
        char listen_pid[32] = "";
        int r = args && env ? add_listening(init, listen_pid, env, err) : error_memory(err);

        if (r >= 0)
                r = add_home(init, env, err);
        if (r < 0)
                return r;
        add_notify(init, env);
        drop_earlier(env);
        r = privileges_limit(init->process, err);
        if (r >= 0 && !filter_is_loaded_early(init))
                r = descriptors_end_here(init, err);
        if (r >= 0)
                r = filter_install(init, FILTER_LAST, err);
        if (r >= 0 && stays_first(init))
                r = reaper_part(err);
        if (r < 0)
                return r;
        if (*listen_pid)
                snprintf(listen_pid, sizeof(listen_pid), LISTEN_PID "%d", (int)getpid());
        execve(init->program, (char *const *)(uintptr_t)args, (char *const *)(uintptr_t)env);
        return tell(args[0], init->program, errno, err);
}
