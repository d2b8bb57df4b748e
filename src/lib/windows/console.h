/* The console of this process, lent to a terminal in a sandbox: it leaves alone what is typed and what is written, and is put back
 * afterwards.  Bytes on the way are UTF-8, whatever the console's code page. */
#ifndef LIB_WINDOWS_CONSOLE_H
#define LIB_WINDOWS_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/schema/windows-process.h"

struct console {
        void *in, *out;                 /* handles */
        unsigned long in_mode, out_mode;        /* as they were */
        unsigned out_page;
        uint16_t high;                  /* the first half of a character whose other half is still to be read */
        bool has_in, has_out;            /* which of them are one */
};

/* Of our standard streams, those that are a console: how they are, */
void console_look(struct console *ret);
/* and, in addition, lends them. */
void console_prepare(struct console *ret);
/* As they were when they were looked at. */
void console_restore(const struct console *console);
/* Reads what is typed: `size` of at least 6.  False when there is no more. */
bool console_read(struct console *console, char *bytes, unsigned long size, unsigned long *ret);
/* Columns and rows of the window; false when standard output is no console. */
bool console_size(int *ret_columns, int *ret_rows);
/* For a process with a terminal and no size of its own: that of our console from the beginning, so that a program that looks at
 * once sees no other.  `size` has room for two and is kept by the parameters. */
void console_size_from_start(struct win_process *parameters, uint32_t size[2]);

#endif
