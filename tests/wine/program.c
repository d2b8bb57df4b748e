/* The program that runs in the sandboxes of the tests: it does what its words say.
 *     sleep | cat | exit N | say TEXT | show VARIABLE | keys (tells each byte that comes, and ends with 9 at a q)
 *     tell FILE WORD (adds a line to it: the word, its directory, its variables, and all of its input) | spawn WORD... (leaves that
 *     running and ends)
 *     lurk FILE (stays until FILE.end is there; while it does there is FILE)
 *     hold FILE (has it open for 300 ms, so that nobody else can) */
#include <windows.h>

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

static int keys(void)
{
        HANDLE in = GetStdHandle(STD_INPUT_HANDLE), out = GetStdHandle(STD_OUTPUT_HANDLE);
        char byte, told[16];
        DWORD count;

        WriteFile(out, "h\xc3\xa9llo\r\n", 8, &count, NULL);
        while (ReadFile(in, &byte, 1, &count, NULL) && count && byte != 'q')
                WriteFile(out, told, (DWORD)snprintf(told, sizeof(told), "<%02x>", (unsigned char)byte), &count, NULL);
        WriteFile(out, "\r\nbye\r\n", 7, &count, NULL);
        return byte == 'q' ? 9 : 8;
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
                return keys();
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
