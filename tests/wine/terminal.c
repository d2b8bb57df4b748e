/* Processes with EmulateConsole run in a pseudo-console of this Windows: what comes out of it, sequences and all, and what goes in
 * are the pipes of the caller.
 *
 * What Wine 8 does otherwise than Windows is made good here.  The process at a pseudo-console has no standard handles, so a process
 * of ours is at it, which opens the console and starts the program with that (terminal_inside); ResizePseudoConsole is not there, so a
 * process of ours sets the size from within, which the program hears of as it would; and a Ctrl-C among what is typed ends the console,
 * so a process of ours presses it. */
#define _WIN32_WINNT 0x0A00
#define NTDDI_VERSION 0x0A000006        /* CreatePseudoConsole */
#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "tests/wine/service.h"

#define COLUMNS 80                      /* unverified: the size of a console for which none was said */
#define ROWS 25
#define SIZE_MAX_CELLS 1000
#define HELPER_MS 5000
#define SETTLE_MS 100
#define CONTROL_C 3
#define INSIDE L" inside "

struct terminal {
        HPCON console;
        HANDLE keys, screen;            /* our ends: what is typed into it, and what it shows */
        COORD size;
};

/* Program and words of ours, to run at the console. */
static WCHAR *own_command(const WCHAR *words)
{
        WCHAR *line = fresh((MAX_PATH + wcslen(words) + 4) * sizeof(WCHAR)), path[MAX_PATH];

        GetModuleFileNameW(NULL, path, MAX_PATH);
        swprintf(line, MAX_PATH + wcslen(words) + 4, L"\"%ls\"%ls", path, words);
        return line;
}

static unsigned start_at(HPCON console, const WCHAR *words, DWORD flags, WCHAR *environment, const WCHAR *directory, PROCESS_INFORMATION *ret)
{
        STARTUPINFOEXW startup = { .StartupInfo = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES } };
        WCHAR *line = own_command(words);
        SIZE_T size = 0;
        unsigned code = 0;

        InitializeProcThreadAttributeList(NULL, 1, 0, &size);
        startup.lpAttributeList = fresh(size);
        if (!InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size) ||
            !UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, console, sizeof(console), NULL, NULL) ||
            !CreateProcessW(NULL, line, NULL, NULL, FALSE, flags | EXTENDED_STARTUPINFO_PRESENT, environment, directory,
                            &startup.StartupInfo, ret))
                code = GetLastError();
        DeleteProcThreadAttributeList(startup.lpAttributeList);
        free(startup.lpAttributeList);
        free(line);
        return code;
}

/* Whether a command starts at all is known before there is a console for it. */
static unsigned try_command(const WCHAR *command, WCHAR *environment, const WCHAR *directory)
{
        STARTUPINFOW startup = { .cb = sizeof(startup) };
        PROCESS_INFORMATION made;
        WCHAR *line = fresh((wcslen(command) + 1) * sizeof(WCHAR));
        bool starts;
        unsigned code;

        wcscpy(line, command);
        starts = CreateProcessW(NULL, line, NULL, NULL, FALSE, CREATE_SUSPENDED | DETACHED_PROCESS | CREATE_UNICODE_ENVIRONMENT, environment,
                                directory, &startup, &made);
        code = starts ? 0 : GetLastError();
        free(line);
        if (starts) {
                TerminateProcess(made.hProcess, 0);
                CloseHandle(made.hThread);
                CloseHandle(made.hProcess);
        }
        return code;
}

/* [rows, columns] */
static COORD size_of(const struct json_value *parameters)
{
        const struct json_value *size = json_get(parameters, "ConsoleSize");

        if (!size)
                return (COORD){ COLUMNS, ROWS };
        if (size->type != JSON_ARRAY || size->count != 2)
                return (COORD){ 0, 0 };
        return (COORD){ (SHORT)atoi(size->items[1].text), (SHORT)atoi(size->items[0].text) };
}

static bool is_size(COORD size)
{
        return size.X > 0 && size.X <= SIZE_MAX_CELLS && size.Y > 0 && size.Y <= SIZE_MAX_CELLS;
}

static unsigned open_console(struct terminal *terminal)
{
        HANDLE in = NULL, out = NULL;
        HRESULT result = E_FAIL;

        if (CreatePipe(&in, &terminal->keys, NULL, 0) && CreatePipe(&terminal->screen, &out, NULL, 0))
                result = CreatePseudoConsole(terminal->size, in, out, 0, &terminal->console);
        CloseHandle(in);
        CloseHandle(out);
        return result < 0 ? (unsigned)HRESULT_CODE(result) : 0;
}

static void close_terminal(struct terminal *terminal)
{
        if (terminal->console)
                ClosePseudoConsole(terminal->console);
        CloseHandle(terminal->keys);
        CloseHandle(terminal->screen);
        free(terminal);
}

unsigned terminal_spawn(struct process *process, const struct json_value *parameters, const WCHAR *command, WCHAR *environment,
                        const WCHAR *directory, PROCESS_INFORMATION *ret)
{
        struct terminal *terminal = fresh(sizeof(*terminal));
        WCHAR *words = fresh((wcslen(INSIDE) + wcslen(command) + 1) * sizeof(WCHAR));
        unsigned code;

        wcscat(wcscpy(words, INSIDE), command);
        terminal->size = size_of(parameters);
        code = is_size(terminal->size) ? try_command(command, environment, directory) : ERROR_INVALID_PARAMETER;
        if (!code)
                code = open_console(terminal);
        if (!code)
                code = start_at(terminal->console, words, CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT, environment, directory, ret);
        free(words);
        if (code)
                close_terminal(terminal);
        else
                process->terminal = terminal;
        return code;
}

/* --- bytes --------------------------------------------------------------------------------------------------------------- */

struct copying { HANDLE from, to; HPCON console; };

static void write_all(HANDLE to, const char *bytes, DWORD length)
{
        DWORD written;

        for (; length && WriteFile(to, bytes, length, &written, NULL); length -= written)
                bytes += written;
}

/* What nobody hears any more is read all the same, or the console would stand still. */
static DWORD WINAPI copy_shown(void *data)
{
        const struct copying *copying = data;
        char piece[4096];
        DWORD count;

        while (ReadFile(copying->from, piece, sizeof(piece), &count, NULL) && count)
                write_all(copying->to, piece, count);
        return 0;
}

static unsigned run_at(HPCON console, const WCHAR *words)
{
        PROCESS_INFORMATION made;
        DWORD code = start_at(console, words, 0, NULL, NULL, &made);

        if (code)
                return code;
        if (WaitForSingleObject(made.hProcess, HELPER_MS) == WAIT_OBJECT_0)
                GetExitCodeProcess(made.hProcess, &code);
        else
                TerminateProcess(made.hProcess, code = ERROR_TIMEOUT);
        CloseHandle(made.hThread);
        CloseHandle(made.hProcess);
        return code;
}

static DWORD WINAPI copy_typed(void *data)
{
        const struct copying *copying = data;
        char piece[4096];
        DWORD count;

        while (ReadFile(copying->from, piece, sizeof(piece), &count, NULL) && count)
                for (DWORD at = 0, end; at < count; at = end) {
                        for (end = at; end < count && piece[end] != CONTROL_C; end++)
                                ;
                        write_all(copying->to, piece + at, end - at);
                        if (end == count)
                                continue;
                        if (end > at)
                                Sleep(SETTLE_MS);       /* what is before it is there before it */
                        run_at(copying->console, L" press");
                        end++;
                }
        return 0;
}

static void join(HANDLE thread)
{
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
}

void terminal_attend(struct service *service, struct process *process)
{
        struct terminal *terminal = process->terminal;
        struct copying in = { .to = terminal->keys, .console = terminal->console }, out = { .from = terminal->screen };
        HANDLE typing, showing;

        AcquireSRWLockExclusive(&service->lock);
        process->attended = true;
        in.from = process->in;          /* NULL when it was killed meanwhile */
        out.to = process->out;
        ReleaseSRWLockExclusive(&service->lock);
        typing = CreateThread(NULL, 0, copy_typed, &in, 0, NULL);
        showing = CreateThread(NULL, 0, copy_shown, &out, 0, NULL);
        WaitForSingleObject(process->process, INFINITE);
        AcquireSRWLockExclusive(&service->lock);        /* nobody is about to set its size */
        process->terminal = NULL;
        ReleaseSRWLockExclusive(&service->lock);
        ClosePseudoConsole(terminal->console);          /* all that it had to show has been shown */
        terminal->console = NULL;
        join(showing);
        DisconnectNamedPipe(in.from);
        CancelSynchronousIo(typing);
        join(typing);
        close_terminal(terminal);
        AcquireSRWLockExclusive(&service->lock);
        process->attended = false;
        process_done(process);
        books_write(service);
        ReleaseSRWLockExclusive(&service->lock);
}

/* --- size ---------------------------------------------------------------------------------------------------------------- */

static unsigned resize(HPCON console, COORD size)
{
        HRESULT result = ResizePseudoConsole(console, size);
        WCHAR words[64];

        if (result != E_NOTIMPL)
                return (unsigned)HRESULT_CODE(result);
        swprintf(words, 64, L" size %d %d", size.X, size.Y);
        return run_at(console, words);
}

int32_t terminal_resize(struct call *call, struct process *process)
{
        const struct json_value *wanted = json_get(call->document, "ConsoleSize");
        const struct json_value *columns = wanted ? json_get(wanted, "Width") : NULL, *rows = wanted ? json_get(wanted, "Height") : NULL;
        COORD size = { columns ? (SHORT)atoi(columns->text) : 0, rows ? (SHORT)atoi(rows->text) : 0 };
        unsigned code;

        if (!process->terminal)
                return refuse(call, WIN32_CODE(87), "the process %u has no console", (unsigned)process->id);
        if (!is_size(size))
                return refuse(call, WIN32_CODE(87), "$.ConsoleSize: no console has %d columns and %d rows", size.X, size.Y);
        if (size.X == process->terminal->size.X && size.Y == process->terminal->size.Y)
                return 0;               /* nobody hears of that */
        code = resize(process->terminal->console, size);
        if (code)
                return refuse(call, WIN32_CODE(code), "the console of %u can't get another size", (unsigned)process->id);
        process->terminal->size = size;
        return 0;
}

void terminal_describe(FILE *books, const struct process *process)
{
        if (process->terminal)
                fprintf(books, "console %s %u %dx%d\n", process->system->id, (unsigned)process->id, process->terminal->size.X,
                        process->terminal->size.Y);
}

/* --- at the console ------------------------------------------------------------------------------------------------------ */

static HANDLE open_of_console(const WCHAR *name)
{
        SECURITY_ATTRIBUTES inherited = { sizeof(inherited), NULL, TRUE };

        return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
}

/* Ctrl-C is for the program; a handler, for that is not handed on to it. */
static BOOL WINAPI pass_over(DWORD key)
{
        (void)key;
        return TRUE;
}

/* The program goes when we do, however that is. */
static HANDLE make_tie(void)
{
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { .BasicLimitInformation = { .LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE } };
        HANDLE job = CreateJobObjectW(NULL, NULL);

        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
        return job;
}

int terminal_inside(void)
{
        STARTUPINFOW startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
        WCHAR *command = wcsstr(GetCommandLineW(), INSIDE) + wcslen(INSIDE);
        HANDLE tie = make_tie();
        PROCESS_INFORMATION made;
        DWORD code = 1;

        startup.hStdInput = open_of_console(L"CONIN$");
        startup.hStdOutput = startup.hStdError = open_of_console(L"CONOUT$");
        SetConsoleCtrlHandler(pass_over, TRUE);
        if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &made))
                return (int)GetLastError();
        AssignProcessToJobObject(tie, made.hProcess);
        ResumeThread(made.hThread);
        WaitForSingleObject(made.hProcess, INFINITE);
        GetExitCodeProcess(made.hProcess, &code);
        return (int)code;
}

int terminal_set_size(int columns, int rows)
{
        HANDLE screen = open_of_console(L"CONOUT$");
        const SMALL_RECT one = { 0, 0, 0, 0 }, all = { 0, 0, (SHORT)(columns - 1), (SHORT)(rows - 1) };

        return SetConsoleWindowInfo(screen, TRUE, &one) && SetConsoleScreenBufferSize(screen, (COORD){ (SHORT)columns, (SHORT)rows }) &&
               SetConsoleWindowInfo(screen, TRUE, &all) ? 0 : (int)GetLastError();
}

int terminal_press(void)
{
        INPUT_RECORD records[2] = { { .EventType = KEY_EVENT }, { .EventType = KEY_EVENT } };
        DWORD count;

        for (int i = 0; i < 2; i++)
                records[i].Event.KeyEvent = (KEY_EVENT_RECORD){ .bKeyDown = i == 0, .wRepeatCount = 1, .wVirtualKeyCode = 'C',
                                                                .uChar.UnicodeChar = CONTROL_C, .dwControlKeyState = LEFT_CTRL_PRESSED };
        SetConsoleCtrlHandler(pass_over, TRUE);
        return WriteConsoleInputW(open_of_console(L"CONIN$"), records, 2, &count) ? 0 : (int)GetLastError();
}
