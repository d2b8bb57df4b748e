/* The console of this process, lent to a terminal in a sandbox: it leaves alone what is typed and what is written, and is put back
 * afterwards.  Bytes on the way are UTF-8, whatever the console's code page. */
#ifndef LIB_WINDOWS_CONSOLE_H
#define LIB_WINDOWS_CONSOLE_H

#include <stdbool.h>

#include "hcs/base/windows.h"

struct console {
        HANDLE in, out;
        DWORD in_mode, out_mode;        /* as they were */
        UINT out_page;
        WCHAR high;                     /* the first half of a character whose other half is still to be read */
        bool has_in, has_out;            /* which of them are one */
};

/* Of our standard streams, those that are a console: how they are, */
void console_look(struct console *ret);
/* and, in addition, lends them. */
void console_prepare(struct console *ret);
/* As they were when they were looked at. */
void console_restore(const struct console *console);
/* Reads what is typed: `size` of at least 6.  False when there is no more. */
bool console_read(struct console *console, char *bytes, DWORD size, DWORD *ret);
/* Columns and rows of the window; false when standard output is no console. */
bool console_size(COORD *ret);

#endif
