/* Somebody who sits at a console: starts a program in its own console and then does what the words say, in order.
 *     console.exe REPORT STEP... -- PROGRAM WORD...
 * Steps: raw (waits until the console gives keys as they are), cooked (until it does not), screen TEXT (until it shows that),
 * type TEXT, size COLUMNS ROWS, interrupt (Ctrl-C for whoever listens), file FILE TEXT (waits until it has that), kill PID-FILE,
 * end CODE (waits for the program).  In a TEXT \r is Enter, \c Ctrl-C, \e an e with an acute accent.  The report has "ok" and
 * "not ok" lines; the last says whether the console is as it was. */
#include <windows.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 400                       /* of 25 ms */

struct seat { HANDLE in, out, child; FILE *report; bool failed; };

static void report(struct seat *seat, bool good, const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        fputs(good ? "ok - " : "not ok - ", seat->report);
        vfprintf(seat->report, fmt, args);
        fputs("\n", seat->report);
        fflush(seat->report);
        va_end(args);
        seat->failed = seat->failed || !good;
}

static DWORD mode_of(HANDLE handle)
{
        DWORD mode = 0xffff;

        GetConsoleMode(handle, &mode);
        return mode;
}

/* Window, for that is what is shown. */
static bool shows(const struct seat *seat, const WCHAR *wanted)
{
        CONSOLE_SCREEN_BUFFER_INFO info;
        bool found = false;

        if (!GetConsoleScreenBufferInfo(seat->out, &info))
                return false;
        for (SHORT row = 0; !found && row < info.dwSize.Y; row++) {
                WCHAR line[512] = L"";
                DWORD count;

                ReadConsoleOutputCharacterW(seat->out, line, (DWORD)(info.dwSize.X < 500 ? info.dwSize.X : 500), (COORD){ 0, row }, &count);
                found = wcsstr(line, wanted) != NULL;
        }
        return found;
}

/* Words come in ASCII, whatever the locale. */
static WCHAR *widen(const char *text)
{
        static WCHAR wide[512];
        WCHAR *at = wide;

        for (; *text && at < wide + 511; text++) {
                *at++ = *text != '\\' ? (WCHAR)*text : text[1] == 'r' ? L'\r' : text[1] == 'c' ? 3 : 0xe9;
                text += *text == '\\';
        }
        *at = 0;
        return wide;
}

static void press(const struct seat *seat, WCHAR unit, WORD key, DWORD keys)
{
        INPUT_RECORD record = { .EventType = KEY_EVENT };
        DWORD count;

        record.Event.KeyEvent.bKeyDown = TRUE;
        record.Event.KeyEvent.wRepeatCount = 1;
        record.Event.KeyEvent.wVirtualKeyCode = key;
        record.Event.KeyEvent.uChar.UnicodeChar = unit;
        record.Event.KeyEvent.dwControlKeyState = keys;
        WriteConsoleInputW(seat->in, &record, 1, &count);
        record.Event.KeyEvent.bKeyDown = FALSE;
        WriteConsoleInputW(seat->in, &record, 1, &count);
}

static void type(const struct seat *seat, const char *text)
{
        for (const WCHAR *at = widen(text); *at; at++) {
                if (*at == 3)
                        press(seat, 3, 'C', LEFT_CTRL_PRESSED);
                else
                        press(seat, *at, *at == L'\r' ? VK_RETURN : 0, 0);
        }
}

static void wait_mode(struct seat *seat, bool raw)
{
        const DWORD cooked = ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT | ENABLE_PROCESSED_INPUT;
        int tries = 0;

        while (((mode_of(seat->in) & cooked) == 0) != raw && tries++ < TRIES)
                Sleep(25);
        report(seat, ((mode_of(seat->in) & cooked) == 0) == raw, "%s: the mode is 0x%lx", raw ? "raw" : "cooked", mode_of(seat->in));
}

static void wait_screen(struct seat *seat, const char *text)
{
        int tries = 0;

        while (!shows(seat, widen(text)) && tries++ < TRIES)
                Sleep(25);
        report(seat, shows(seat, widen(text)), "screen: \"%s\"", text);
}

static void resize(struct seat *seat, SHORT columns, SHORT rows)
{
        const SMALL_RECT all = { 0, 0, (SHORT)(columns - 1), (SHORT)(rows - 1) };

        SetConsoleScreenBufferSize(seat->out, (COORD){ columns, rows });
        report(seat, SetConsoleWindowInfo(seat->out, TRUE, &all), "size %d %d", columns, rows);
        Sleep(700);                     /* the size is looked for four times a second */
}

static void kill_of_file(struct seat *seat, const char *name)
{
        FILE *file = fopen(name, "r");
        unsigned pid = 0;
        HANDLE process;

        if (file) {
                if (fscanf(file, "%u", &pid) != 1)
                        pid = 0;
                fclose(file);
        }
        process = OpenProcess(PROCESS_TERMINATE, FALSE, pid);
        report(seat, process && TerminateProcess(process, 1), "kill %u", pid);
}

/* A line with the text, or, with a * in it, with what stands before that and then what stands behind. */
static bool has(const char *name, const char *text)
{
        FILE *file = fopen(name, "rb");
        char line[4096], first[128] = "";
        bool found = false;

        strncat(first, text, strcspn(text, "*"));
        while (file && !found && fgets(line, sizeof(line), file)) {
                const char *at = strstr(line, first);

                found = at && strstr(at + strlen(first), text[strlen(first)] ? text + strlen(first) + 1 : "");
        }
        if (file)
                fclose(file);
        return found;
}

static void wait_file(struct seat *seat, const char *name, const char *text)
{
        int tries = 0;

        while (!has(name, text) && tries++ < TRIES)
                Sleep(25);
        report(seat, has(name, text), "%s: \"%s\"", name, text);
}

static void wait_end(struct seat *seat, const char *wanted)
{
        DWORD code = 0xffffffff;

        if (WaitForSingleObject(seat->child, 20000) != WAIT_OBJECT_0)
                TerminateProcess(seat->child, 99);
        GetExitCodeProcess(seat->child, &code);
        report(seat, code == strtoul(wanted, NULL, 0), "end: %lu, wanted %s", code, wanted);
}

static int start(struct seat *seat, char **words)
{
        STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
        PROCESS_INFORMATION made;
        char line[2048] = "";

        for (; *words; words++) {
                strcat(line, strchr(*words, ' ') ? "\"" : "");
                strcat(strcat(line, *words), strchr(*words, ' ') ? "\" " : " ");
        }
        startup.hStdInput = seat->in;
        startup.hStdOutput = startup.hStdError = seat->out;
        SetHandleInformation(seat->in, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
        SetHandleInformation(seat->out, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
        if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &made))
                return 1;
        seat->child = made.hProcess;
        SetConsoleCtrlHandler(NULL, TRUE);      /* the child has its own way with Ctrl-C: this is not inherited any more */
        return 0;
}

static char **step(struct seat *seat, char **word)
{
        if (strcmp(*word, "raw") == 0 || strcmp(*word, "cooked") == 0)
                wait_mode(seat, strcmp(*word, "raw") == 0);
        else if (strcmp(*word, "screen") == 0)
                wait_screen(seat, *++word);
        else if (strcmp(*word, "type") == 0)
                type(seat, *++word);
        else if (strcmp(*word, "kill") == 0)
                kill_of_file(seat, *++word);
        else if (strcmp(*word, "end") == 0)
                wait_end(seat, *++word);
        else if (strcmp(*word, "interrupt") == 0)
                report(seat, GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0), "interrupt");
        else if (strcmp(*word, "file") == 0) {
                wait_file(seat, word[1], word[2]);
                word += 2;
        } else if (strcmp(*word, "size") == 0) {
                resize(seat, (SHORT)atoi(word[1]), (SHORT)atoi(word[2]));
                word += 2;
        } else {
                report(seat, false, "there is no step %s", *word);
        }
        return word + 1;
}

int main(int count, char **words)
{
        struct seat seat = { .in = CreateFileA("CONIN$", GENERIC_READ | GENERIC_WRITE, 3, NULL, OPEN_EXISTING, 0, NULL),
                             .out = CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, 3, NULL, OPEN_EXISTING, 0, NULL) };
        DWORD in, out, page;
        char **program;

        seat.report = count > 3 ? fopen(words[1], "w") : NULL;
        if (!seat.report)
                return 2;
        for (program = words + 2; *program && strcmp(*program, "--") != 0;)
                program++;
        in = mode_of(seat.in);
        out = mode_of(seat.out);
        page = GetConsoleOutputCP();
        if (!*program || start(&seat, program + 1) != 0) {
                report(&seat, false, "the program does not start");
                return 1;
        }
        for (char **word = words + 2; word < program;)
                word = step(&seat, word);
        report(&seat, mode_of(seat.in) == in && mode_of(seat.out) == out && GetConsoleOutputCP() == page,
               "the console is as it was: 0x%lx 0x%lx %lu, before 0x%lx 0x%lx %lu", mode_of(seat.in), mode_of(seat.out),
               (unsigned long)GetConsoleOutputCP(), in, out, page);
        fclose(seat.report);
        return seat.failed;
}
