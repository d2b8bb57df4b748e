#include "src/lib/windows/hooks.h"

#include <string.h>

#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "hcs/schema/state.h"
#include "oci/windows/hooks.h"
#include "src/lib/windows/feed.h"
#include "src/lib/windows/hooks-state.h"
#include "src/lib/windows/inherit.h"

#ifndef PROC_THREAD_ATTRIBUTE_JOB_LIST          /* Windows 10; mingw-w64 10.0 has it not */
#define PROC_THREAD_ATTRIBUTE_JOB_LIST 0x0002000d
#endif
#define SYSTEM_ROOT L"SystemRoot"

struct running {
        HANDLE handles[3], ours, job, process;
        char16_t *program, *line, *directory;
        struct text environment;        /* UTF-16 */
        struct feed feed;
};

static void running_done(struct running *running)
{
        HANDLE all[] = { running->handles[0], running->handles[1], running->handles[2], running->ours, running->process, running->job };

        feed_done(&running->feed);
        for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
                if (all[i])
                        CloseHandle(all[i]);
        free(running->program);
        free(running->line);
        free(running->directory);
        text_done(&running->environment);
}

int winhook_state_print(const struct winhook_state *state, struct text *out, struct error *err)
{
        const struct spec *spec = &state->config->spec;
        const struct doc_state object = {
                .oci_version = spec->oci_version, .id = state->id, .status = state->status, .pid = state->pid,
                .bundle = state->config->bundle, .annotations = spec->annotations,
        };

        json_write(out, doc_state_fields, &object);
        return text_check(out, err);
}

/* --- its surroundings ---------------------------------------------------------------------------------------------------- */

static void add_units(struct text *block, const WCHAR *units)
{
        text_add_n(block, (const char *)units, wcslen(units) * sizeof(WCHAR));
}

static int add_variable(struct text *block, const struct string_pair *variable, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *name = NULL, *value = NULL;
        int r = utf16_from_utf8(variable->key, &name, err);

        if (r >= 0)
                r = utf16_from_utf8(variable->value, &value, err);
        if (r < 0)
                return r;
        add_units(block, name);
        add_units(block, L"=");
        add_units(block, value);
        text_add_n(block, "\0", sizeof(WCHAR));
        return 0;
}

/* Sockets, random numbers and more of Windows' own are looked for below SystemRoot: a program without it hardly runs. */
static int add_environment(const struct string_map *map, struct text *block, struct error *err)
{
        WCHAR root[MAX_PATH];
        bool has_root = false;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < map->count; i++) {
                has_root = has_root || _stricmp(map->items[i].key, "SystemRoot") == 0;
                r = add_variable(block, &map->items[i], err);
        }
        if (r >= 0 && !has_root && GetSystemWindowsDirectoryW(root, ARRAY_LENGTH(root))) {
                add_units(block, SYSTEM_ROOT L"=");
                add_units(block, root);
                text_add_n(block, "\0", sizeof(WCHAR));
        }
        text_add_n(block, "\0", sizeof(WCHAR));
        return r < 0 ? r : text_check(block, err);
}

/* Closed while it is at work, a job takes its programs along. */
static int limit_job(HANDLE job, DWORD flags, struct error *err)
{
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { .BasicLimitInformation = { .LimitFlags = flags } };

        if (SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits)))
                return 0;
        return system_error(err, GetLastError(), "limiting its job");
}

static int prepare(const struct spec_hook *hook, const struct winhook_state *state, struct running *running, struct error *err)
{
        static const DWORD own[] = { STD_OUTPUT_HANDLE, STD_ERROR_HANDLE };
        struct win_process process = { 0 };
        int r = oci_windows_compile_hook(hook, &state->config->arena, &process, err);

        if (r >= 0)
                r = utf16_from_utf8(hook->path, &running->program, err);
        if (r >= 0)
                r = utf16_from_utf8(process.command_line, &running->line, err);
        if (r >= 0)
                r = utf16_from_utf8(state->config->bundle, &running->directory, err);
        if (r >= 0)
                r = add_environment(&process.environment, &running->environment, err);
        if (r >= 0)
                r = inherit_pipe(false, &running->ours, &running->handles[0], err);
        for (int i = 0; r >= 0 && i < 2; i++)
                r = inherit_copy(GetStdHandle(own[i]), &running->handles[i + 1], err);
        if (r < 0)
                return r;
        running->job = CreateJobObjectW(NULL, NULL);
        if (!running->job)
                return system_error(err, GetLastError(), "making its job");
        return limit_job(running->job, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, err);
}

/* --- running ------------------------------------------------------------------------------------------------------------- */

/* A bundle that has gone meanwhile is no reason to leave a poststop hook out. */
static const WCHAR *directory_of(const struct running *running)
{
        const DWORD attributes = GetFileAttributesW(running->directory);

        return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) ? running->directory : NULL;
}

static int begin(struct running *running, struct error *err)
{
        STARTUPINFOEXW start = { .StartupInfo = { .cb = sizeof(start), .dwFlags = STARTF_USESTDHANDLES, .hStdInput = running->handles[0],
                                                  .hStdOutput = running->handles[1], .hStdError = running->handles[2] } };
        const bool console = inherit_is_console(running->handles[1]) || inherit_is_console(running->handles[2]);
        const DWORD flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT | CREATE_NEW_PROCESS_GROUP |
                            (console ? 0 : CREATE_NO_WINDOW);
        PROCESS_INFORMATION process = { 0 };
        char list[256];
        SIZE_T size = sizeof(list);
        DWORD code = 0;

        start.lpAttributeList = (void *)list;
        if (!InitializeProcThreadAttributeList(start.lpAttributeList, 2, 0, &size) ||
            !UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, running->handles,
                                       sizeof(running->handles), NULL, NULL) ||
            !UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST, &running->job, sizeof(running->job), NULL,
                                       NULL))
                return system_error(err, GetLastError(), "naming its handles and its job");
        if (!CreateProcessW(running->program, running->line, NULL, NULL, TRUE, flags, running->environment.data, directory_of(running),
                            &start.StartupInfo, &process))
                code = GetLastError();
        DeleteProcThreadAttributeList(start.lpAttributeList);
        if (code)
                return system_error(err, code, "running it");
        CloseHandle(process.hThread);
        running->process = process.hProcess;
        return 0;
}

int winhook_look(struct winhook_watch *watch, struct error *err)
{
        const uint64_t passed = system_now_ms() - watch->begun;

        if (watch->state->stop && WaitForSingleObject(watch->state->stop, 0) == WAIT_OBJECT_0)
                return error_set(err, E_UNEXPECTED_FAILURE, "its sandbox was ended, and it with that");
        if (watch->hook->timeout && passed / 1000 >= (uint64_t)*watch->hook->timeout)
                return error_set(err, E_TIMED_OUT, "not done after its timeout of %d s, killed", (int)*watch->hook->timeout);
        if (!watch->said && passed >= WINHOOK_SLOW_MS) {
                log_warning(watch->state->log, "%s: still waiting for the hook %s", watch->state->id, watch->hook->path);
                watch->said = true;
        }
        return 0;
}

int winhook_code(uint32_t code, struct error *err)
{
        if (!code)
                return 0;
        return code >= 0x80000000u ? error_set(err, E_UNEXPECTED_FAILURE, "exit status 0x%08X", code)
                                   : error_set(err, E_UNEXPECTED_FAILURE, "exit status %u", code);
}

static int wait_for_end(struct running *running, const struct spec_hook *hook, const struct winhook_state *state, struct error *err)
{
        struct winhook_watch watch = { .hook = hook, .state = state, .begun = system_now_ms() };
        DWORD code = 1;
        int r;

        for (uint32_t pause = 1; WaitForSingleObject(running->process, pause) == WAIT_TIMEOUT; pause = pause < 50 ? pause * 2 : 50) {
                (void)feed_look(&running->feed);
                r = winhook_look(&watch, err);
                if (r < 0) {
                        (void)TerminateJobObject(running->job, 1);
                        return r;
                }
        }
        if (!GetExitCodeProcess(running->process, &code))
                return system_error(err, GetLastError(), "asking for its exit status");
        r = winhook_code(code, err);
        return r < 0 ? r : limit_job(running->job, 0, err);     /* what it leaves running was meant to */
}

static int run_one(const struct spec_hook *hook, const struct winhook_state *state, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(running_done) struct running running = { 0 };
        int r = winhook_state_print(state, &text, err);

        if (r >= 0)
                r = prepare(hook, state, &running, err);
        if (r >= 0)
                r = begin(&running, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_LENGTH(running.handles); i++)
                CloseHandle(take_ptr(running.handles[i]));      /* or the end of its input would never be seen */
        r = feed_begin(&running.feed, take_ptr(running.ours), text.data, text.length, err);
        return r < 0 ? r : wait_for_end(&running, hook, state, err);
}

int winhooks_run(const spec_hook_list *hooks, const char *kind, const struct winhook_state *state, struct error *err)
{
        for (size_t i = 0; i < hooks->count; i++)
                if (run_one(&hooks->items[i], state, err) < 0)
                        return error_wrap(err, "%s hook %zu, %s", kind, i + 1, hooks->items[i].path);
        return 0;
}

void winhooks_run_poststop(const spec_hook_list *hooks, const struct winhook_state *state, const struct place *place,
                           struct win_status *status)
{
        struct error failed = { 0 };

        for (size_t i = 0; i < hooks->count; i++)
                if (run_one(&hooks->items[i], state, &failed) < 0)
                        log_warning(state->log, "%s: poststop hook %zu, %s: %s", state->id, i + 1, hooks->items[i].path, failed.text);
        status->hooks_due = false;
        if (win_status_write(place, status, &failed) < 0)
                log_warning(state->log, "%s: %s", state->id, failed.text);
}
