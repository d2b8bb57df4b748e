/* What each system's C library calls otherwise: words for numbers, time, chance.  system-linux.c, system-windows.c. */
#ifndef HCS_BASE_SYSTEM_H
#define HCS_BASE_SYSTEM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcs/base/error.h"

/* Numbers that mingw-w64 lacks, and that nothing there ever gives; Windows' own begin at 100. */
#ifndef EDQUOT
#define EDQUOT  9001
#endif
#ifndef EUSERS
#define EUSERS  9002
#endif

/* The C library's own words for an errno that error.c has none for; never NULL. */
const char *system_errno_text(int errnum);
/* Windows: fails with a Win32 code (GetLastError) or, below zero, an HRESULT, and with the system's words for it. */
int system_error(struct error *err, unsigned long code, const char *fmt, ...) _printf_(3, 4);

/* Since some moment; never goes back. */
uint64_t system_now_ms(void);
void system_sleep_ms(uint32_t ms);
int system_random(void *bytes, size_t length, struct error *err);
/* Now, as RFC 3339, UTC: with nanoseconds (as many as the system has), or to the second. */
void system_time(char text[40]);
void system_time_short(char text[40]);

/* Linux: are we in the machine's own user namespace?  Who is not may be uid 0 and still have no rights over what belongs to the
 * machine: podman calls us like that for users.  Windows: true. */
bool system_is_first_user_namespace(void);

/* Linux only: the places where a program that came with this one may be, nth from 0 on: beside this very program (a build tree, a
 * copied folder), then where it was installed.  False behind the last.  Whether it is there is not looked at. */
#define SYSTEM_COMPANION_MAX 4096
bool system_companion(const char *name, int nth, char ret[SYSTEM_COMPANION_MAX]);

#endif
