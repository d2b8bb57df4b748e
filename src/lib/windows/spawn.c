/* The monitor, started.  It gets the streams of its caller and one pipe for its answer, and no other handle; it has no console of
 * its own, but shares the caller's when a stream is that. */
#include <stdlib.h>
#include <string.h>

#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "src/lib/windows/channel.h"
#include "src/lib/windows/inherit.h"
#include "src/lib/windows/monitor.h"

struct handles { HANDLE all[4]; };      /* input, output, error, answer */

static void handles_done(struct handles *handles)
{
        for (size_t i = 0; i < ARRAY_LENGTH(handles->all); i++)
                if (handles->all[i])
                        CloseHandle(handles->all[i]);
}

static int take_streams(const int streams[3], struct handles *handles, bool *ret_console, struct error *err)
{
        *ret_console = false;
        for (int i = 0; i < 3; i++) {
                if (inherit_copy((HANDLE)(intptr_t)streams[i], &handles->all[i], err) < 0)
                        return err->code;
                *ret_console = *ret_console || inherit_is_console(handles->all[i]);
        }
        return 0;
}

/* Backslashes before a quote, and at the end, count double (the C runtime's rule for taking a command line apart). */
static void add_quoted(struct text *line, const char *word)
{
        size_t slashes = 0;

        text_add_char(line, '"');
        for (; *word; word++) {
                slashes = *word == '\\' ? slashes + 1 : 0;
                if (*word == '"')
                        text_add_char(line, '\\');
                text_add_char(line, *word);
                if (*word == '\\' && (word[1] == '"' || word[1] == '\0'))
                        for (; slashes; slashes--)
                                text_add_char(line, '\\');
        }
        text_add_char(line, '"');
}

static void add_flag(struct text *line, const char *flag, const char *value)
{
        if (!value)
                return;
        text_add(line, flag);
        add_quoted(line, value);
}

static int command_line(const struct sandbox_host *host, const char *id, HANDLE answer, const char *file, char16_t **ret,
                        struct error *err)
{
        _cleanup_(text_done) struct text line = { 0 };
        int r;

        text_add(&line, "hcs-sandbox --root ");
        add_quoted(&line, host->root);
        if (host->client.deadline_ms)
                text_addf(&line, " --timeout %u", (host->client.deadline_ms + 999) / 1000);
        add_flag(&line, " --log ", host->log_flags.file);
        add_flag(&line, " --log-format ", host->log_flags.format);
        text_addf(&line, "%s monitor %s %llu%s%s", host->log_flags.debug ? " --debug" : "", id, (unsigned long long)(uintptr_t)answer,
                  file ? " " : "", file ? file : "");
        r = text_check(&line, err);
        return r < 0 ? r : utf16_from_utf8(line.data, ret, err);
}

/* This very file, or, for a program that has us as a library, the program beside the library. */
static int find_program(WCHAR *self, DWORD size, struct error *err)
{
        static const WCHAR program[] = L"hcs-sandbox.exe";
        HMODULE module;
        WCHAR *name;
        DWORD length = 0;

        if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                               (const WCHAR *)(const void *)program, &module))
                length = GetModuleFileNameW(module, self, size);
        if (!length || length + ARRAY_LENGTH(program) >= size)
                return system_error(err, length ? ERROR_INSUFFICIENT_BUFFER : GetLastError(), "finding this program");
        name = wcsrchr(self, L'\\');
        if (length > 4 && _wcsicmp(self + length - 4, L".dll") == 0 && name)
                wcscpy(name + 1, program);
        return 0;
}

static int refuse_start(DWORD code, const WCHAR *program, struct error *err)
{
        _cleanup_(free_charp) char *name = NULL;
        struct error ignored = { 0 };

        (void)utf16_to_utf8((const char16_t *)program, &name, &ignored);
        return system_error(err, code, "starting the monitor, %s", name ? name : "this program");
}

static int run(char16_t *line, struct handles *handles, bool console, HANDLE *ret_process, struct error *err)
{
        STARTUPINFOEXW start = { .StartupInfo = { .cb = sizeof(start), .dwFlags = STARTF_USESTDHANDLES, .hStdInput = handles->all[0],
                                                  .hStdOutput = handles->all[1], .hStdError = handles->all[2] } };
        PROCESS_INFORMATION process = { 0 };
        WCHAR self[32768];
        char list[256];
        SIZE_T size = sizeof(list);
        BOOL worked;

        if (find_program(self, ARRAY_LENGTH(self), err) < 0)
                return err->code;
        start.lpAttributeList = (void *)list;
        if (!InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &size) ||
            !UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles->all, sizeof(handles->all),
                                       NULL, NULL))
                return system_error(err, GetLastError(), "naming the monitor's handles");
        worked = CreateProcessW(self, line, NULL, NULL, TRUE,
                                EXTENDED_STARTUPINFO_PRESENT | CREATE_NEW_PROCESS_GROUP | (console ? 0 : DETACHED_PROCESS), NULL, NULL,
                                &start.StartupInfo, &process);
        DeleteProcThreadAttributeList(start.lpAttributeList);
        if (!worked)
                return refuse_start(GetLastError(), self, err);
        CloseHandle(process.hThread);
        *ret_process = process.hProcess;
        return 0;
}

static int spawn(const struct sandbox_host *host, const char *id, const char *file, const int streams[3], uint32_t *ret_process,
                 struct error *err)
{
        _cleanup_(handles_done) struct handles handles = { { NULL } };
        _cleanup_(free_utf16p) char16_t *line = NULL;
        HANDLE answer = NULL, process = NULL;
        bool console;
        int r = take_streams(streams, &handles, &console, err);

        if (r >= 0)
                r = inherit_pipe(true, &answer, &handles.all[3], err);          /* anonymous ones can't be read with overlapped calls */
        if (r < 0)
                return r;
        r = command_line(host, id, handles.all[3], file, &line, err);
        if (r >= 0)
                r = run(line, &handles, console, &process, err);
        if (r >= 0) {
                CloseHandle(take_ptr(handles.all[3]));          /* or its end would never be seen */
                r = channel_read_answer(answer, "the monitor ended while it was at work", NULL, ret_process, err);
                CloseHandle(process);
        }
        CloseHandle(answer);
        return r;
}

int monitor_spawn(const struct sandbox_host *host, const char *id, const int streams[3], struct error *err)
{
        return spawn(host, id, NULL, streams, NULL, err);
}

int monitor_spawn_exec(const struct sandbox_host *host, const char *id, const char *file, const int streams[3], uint32_t *ret_process,
                       struct error *err)
{
        return spawn(host, id, file, streams, ret_process, err);
}
