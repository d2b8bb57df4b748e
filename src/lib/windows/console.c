#include "src/lib/windows/console.h"

#include "hcs/base/macros.h"
#include "hcs/base/windows.h"

#define OUT_MODE (ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING | DISABLE_NEWLINE_AUTO_RETURN)
#define UTF8_OF_UNIT 3          /* a UTF-16 unit is at most three bytes of UTF-8; a pair is four */

void console_look(struct console *ret)
{
        *ret = (struct console){ .in = GetStdHandle(STD_INPUT_HANDLE), .out = GetStdHandle(STD_OUTPUT_HANDLE) };
        ret->has_in = GetConsoleMode(ret->in, &ret->in_mode);
        ret->has_out = GetConsoleMode(ret->out, &ret->out_mode);
        ret->out_page = GetConsoleOutputCP();
}

/* Keys as sequences and none taken out; sequences of the program understood. */
void console_prepare(struct console *ret)
{
        console_look(ret);
        ret->has_in = ret->has_in && SetConsoleMode(ret->in, ENABLE_VIRTUAL_TERMINAL_INPUT);
        ret->has_out = ret->has_out && SetConsoleMode(ret->out, OUT_MODE);
        if (ret->has_out)
                (void)SetConsoleOutputCP(CP_UTF8);
}

void console_restore(const struct console *console)
{
        if (console->has_in)
                (void)SetConsoleMode(console->in, console->in_mode);
        if (console->has_out) {
                (void)SetConsoleMode(console->out, console->out_mode);
                (void)SetConsoleOutputCP(console->out_page);
        }
}

/* By units: older consoles give a NUL for each character beyond ASCII when they are read as UTF-8. */
bool console_read(struct console *console, char *bytes, DWORD size, DWORD *ret)
{
        WCHAR units[1024];
        const DWORD room = size / UTF8_OF_UNIT < ARRAY_LENGTH(units) ? size / UTF8_OF_UNIT : ARRAY_LENGTH(units);
        DWORD before, count = 0;
        int length = 0;

        do {
                before = console->high ? 1 : 0;
                units[0] = console->high;
                if (!ReadConsoleW(console->in, units + before, room - before, &count, NULL) || !count)
                        return false;
                count += before;
                console->high = IS_HIGH_SURROGATE(units[count - 1]) ? units[--count] : 0;
                if (count)
                        length = WideCharToMultiByte(CP_UTF8, 0, units, (int)count, bytes, (int)size, NULL, NULL);
        } while (!count);
        *ret = (DWORD)length;
        return length > 0;
}

void console_size_from_start(struct win_process *parameters, uint32_t size[2])
{
        int columns, rows;

        if (!parameters->emulate_console || parameters->console_size.count || !console_size(&columns, &rows))
                return;
        size[0] = (uint32_t)rows;
        size[1] = (uint32_t)columns;
        parameters->console_size = (struct uint32s){ size, 2 };
}

bool console_size(int *ret_columns, int *ret_rows)
{
        CONSOLE_SCREEN_BUFFER_INFO info;

        if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info))
                return false;
        *ret_columns = info.srWindow.Right - info.srWindow.Left + 1;
        *ret_rows = info.srWindow.Bottom - info.srWindow.Top + 1;
        return true;
}
