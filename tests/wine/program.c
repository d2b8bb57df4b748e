/* The program that runs in the sandboxes of the tests: it does what its words say.
 *     sleep | cat | exit N | say TEXT | show VARIABLE | keys [FILE] (tells each byte that comes, and ends with 9 at a q; of a console its size,
 *     and each new size, and keys without a character by their number, as {26}; into FILE, too)
 *     interrupted (says "ready", waits for Ctrl-C, says so, and ends with 5)
 *     tell FILE WORD (adds a line to it: the word, its directory, its variables, and all of its input) | spawn WORD... (leaves that
 *     running and ends)
 *     lurk FILE (stays until FILE.end is there; while it does there is FILE)
 *     hold FILE (has it open for 300 ms, so that nobody else can) */
#include <windows.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int cat(void)
{
        HANDLE in = GetStdHandle(STD_INPUT_HANDLE), out = GetStdHandle(STD_OUTPUT_HANDLE);
        char piece[4096];
        DWORD count, written;

        while (ReadFile(in, piece, sizeof(piece), &count, NULL) && count)
                if (!WriteFile(out, piece, count, &written, NULL))
                        return 1;
        return 0;
}

struct telling { HANDLE out; FILE *file; };

static void tell_key(const struct telling *telling, const char *fmt, ...)
{
        char text[64];
        va_list args;
        DWORD count;

        va_start(args, fmt);
        vsnprintf(text, sizeof(text), fmt, args);
        va_end(args);
        WriteFile(telling->out, text, (DWORD)strlen(text), &count, NULL);
        if (telling->file) {
                fputs(text, telling->file);
                fflush(telling->file);
        }
}

static int keys_of_pipe(const struct telling *telling, HANDLE in)
{
        char byte = 0;
        DWORD count;

        while (ReadFile(in, &byte, 1, &count, NULL) && count && byte != 'q')
                tell_key(telling, "<%02x>", (unsigned char)byte);
        return byte;
}

/* As bytes of UTF-8. */
static void tell_unit(const struct telling *telling, WCHAR unit)
{
        char bytes[4];
        int count = WideCharToMultiByte(CP_UTF8, 0, &unit, 1, bytes, sizeof(bytes), NULL, NULL);

        for (int i = 0; i < count; i++)
                tell_key(telling, "<%02x>", (unsigned char)bytes[i]);
}

static void tell_size(const struct telling *telling)
{
        CONSOLE_SCREEN_BUFFER_INFO info = { .dwSize = { 0, 0 } };

        GetConsoleScreenBufferInfo(telling->out, &info);
        tell_key(telling, "{%dx%d}", info.dwSize.X, info.dwSize.Y);
}

static int keys_of_console(const struct telling *telling, HANDLE in)
{
        INPUT_RECORD record;
        DWORD count;

        tell_size(telling);
        while (ReadConsoleInputW(in, &record, 1, &count) && count) {
                const KEY_EVENT_RECORD *key = &record.Event.KeyEvent;

                if (record.EventType == WINDOW_BUFFER_SIZE_EVENT)
                        tell_size(telling);
                if (record.EventType != KEY_EVENT || !key->bKeyDown)
                        continue;
                if (key->uChar.UnicodeChar == 'q')
                        return 'q';
                if (key->uChar.UnicodeChar)
                        tell_unit(telling, key->uChar.UnicodeChar);
                else
                        tell_key(telling, "{%02x}", key->wVirtualKeyCode);
        }
        return 0;
}

static int keys(const char *path)
{
        struct telling telling = { GetStdHandle(STD_OUTPUT_HANDLE), *path ? fopen(path, "w") : NULL };
        HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
        DWORD mode;
        bool console = GetConsoleMode(in, &mode);
        int last;

        if (console) {                  /* before the first word, after which keys are typed */
                SetConsoleMode(in, ENABLE_WINDOW_INPUT);
                SetConsoleOutputCP(CP_UTF8);
        }
        tell_key(&telling, "h\xc3\xa9llo\r\n");
        last = console ? keys_of_console(&telling, in) : keys_of_pipe(&telling, in);
        tell_key(&telling, "\r\nbye\r\n");
        return last == 'q' ? 9 : 8;
}

/* Another thread's. */
static HANDLE pressed;

static BOOL WINAPI hear(DWORD key)
{
        if (key == CTRL_C_EVENT)
                SetEvent(pressed);
        return TRUE;
}

/* At once: a console is given each letter for itself by puts(). */
static void say_line(const char *line)
{
        DWORD count;

        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), line, (DWORD)strlen(line), &count, NULL);
}

static int interrupted(void)
{
        pressed = CreateEventW(NULL, TRUE, FALSE, NULL);
        SetConsoleCtrlHandler(hear, TRUE);
        say_line("ready\r\n");
        if (WaitForSingleObject(pressed, 20000) != WAIT_OBJECT_0)
                return 6;
        say_line("interrupted\r\n");
        return 5;
}

static int hold(const char *path)
{
        HANDLE file = CreateFileA(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);

        if (file == INVALID_HANDLE_VALUE)
                return 1;
        puts("held");
        fflush(stdout);
        Sleep(300);
        return 0;
}

static int lurk(const char *path)
{
        HANDLE file = CreateFileA(path, GENERIC_WRITE | DELETE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
        char end[MAX_PATH];

        snprintf(end, sizeof(end), "%s.end", path);
        while (file != INVALID_HANDLE_VALUE && GetFileAttributesA(end) == INVALID_FILE_ATTRIBUTES)
                Sleep(50);
        return file == INVALID_HANDLE_VALUE;
}

/* What a hook was given. */
static int tell(const char *path, const char *word)
{
        static char input[65536];
        FILE *file;
        size_t length = fread(input, 1, sizeof(input) - 1, stdin);
        char directory[MAX_PATH] = "", *block = GetEnvironmentStringsA();

        input[length] = '\0';
        file = fopen(path, "ab");
        if (!file)
                return 1;
        GetCurrentDirectoryA(sizeof(directory), directory);
        fprintf(file, "%s in %s with", word, directory);
        for (const char *entry = block; *entry; entry += strlen(entry) + 1)
                if (strncmp(entry, "WINE", 4) != 0 && strncmp(entry, "SystemDrive=", 12) != 0)          /* Wine adds them by itself */
                        fprintf(file, " %s", entry);
        fprintf(file, ": %s\n", input);
        fclose(file);
        return 0;
}

static int spawn(char **words)
{
        STARTUPINFOA start = { .cb = sizeof(start) };
        PROCESS_INFORMATION made;
        char line[256] = "program.exe";

        for (; *words; words++) {
                strcat(line, " ");
                strcat(line, *words);
        }
        return !CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &made);
}

int main(int count, char **words)
{
        const char *what = count > 1 ? words[1] : "", *word = count > 2 ? words[2] : "";

        if (strcmp(what, "sleep") == 0)
                Sleep(INFINITE);
        if (strcmp(what, "cat") == 0)
                return cat();
        if (strcmp(what, "keys") == 0)
                return keys(word);
        if (strcmp(what, "interrupted") == 0)
                return interrupted();
        if (strcmp(what, "hold") == 0)
                return hold(word);
        if (strcmp(what, "tell") == 0)
                return tell(word, count > 3 ? words[3] : "");
        if (strcmp(what, "lurk") == 0)
                return lurk(word);
        if (strcmp(what, "spawn") == 0)
                return spawn(words + 2);
        if (strcmp(what, "exit") == 0)
                return atoi(word);
        if (strcmp(what, "say") == 0)
                return puts(word) < 0;
        if (strcmp(what, "show") == 0)
                return puts(getenv(word) ? getenv(word) : "(not set)") < 0;
        fprintf(stderr, "program: it does not know \"%s\"\n", what);
        return 2;
}
