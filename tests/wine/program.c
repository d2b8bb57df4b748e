/* The program that runs in the sandboxes of the tests: it does what its words say.
 *     sleep | cat | exit N | say TEXT | show VARIABLE | keys (tells each byte that comes, and ends with 9 at a q) */
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

int main(int count, char **words)
{
        const char *what = count > 1 ? words[1] : "", *word = count > 2 ? words[2] : "";

        if (strcmp(what, "sleep") == 0)
                Sleep(INFINITE);
        if (strcmp(what, "cat") == 0)
                return cat();
        if (strcmp(what, "keys") == 0)
                return keys();
        if (strcmp(what, "exit") == 0)
                return atoi(word);
        if (strcmp(what, "say") == 0)
                return puts(word) < 0;
        if (strcmp(what, "show") == 0)
                return puts(getenv(word) ? getenv(word) : "(not set)") < 0;
        fprintf(stderr, "program: it does not know \"%s\"\n", what);
        return 2;
}
