/* What went wrong, as a value.
 *
 * Three kinds of result, never mixed: 0 is done; negative is failed, already told in `err`, to be passed up; positive is
 * an outcome that the header of the function names, answered by the very next caller.
 *
 * The struct lies on the stack of whoever began (a verb, the library's caller); nothing is allocated when things go
 * wrong, nobody frees it, and it is never NULL.  The code is an HRESULT on both systems: Linux's errno is translated by
 * one table (the values are hcs-api's, section "Error codes").  Not thread-safe: one struct, one thread. */
#ifndef HCS_BASE_ERROR_H
#define HCS_BASE_ERROR_H

#include <stdarg.h>
#include <stdint.h>

#include "hcs/base/macros.h"

#define ERROR_TEXT_MAX 2048

struct error {
        int32_t code;                   /* an HRESULT below zero, or 0 while nothing has failed */
        char text[ERROR_TEXT_MAX];      /* one line, for people; control characters are escaped */
};

#define ERROR_CODE(value)            ((int32_t)(value##u))

/* Wrapped Win32 codes, the ones both systems use. */
#define E_FILE_NOT_FOUND             ERROR_CODE(0x80070002)
#define E_ACCESS                     ERROR_CODE(0x80070005)
#define E_NO_MEMORY                  ERROR_CODE(0x8007000E)
#define E_INVALID_DATA               ERROR_CODE(0x8007000D)
#define E_NOT_SUPPORTED              ERROR_CODE(0x80070032)
#define E_INVALID_PARAMETER          ERROR_CODE(0x80070057)
#define E_BROKEN_PIPE                ERROR_CODE(0x8007006D)
#define E_DISK_FULL                  ERROR_CODE(0x80070070)
#define E_BUSY                       ERROR_CODE(0x800700AA)
#define E_ALREADY_EXISTS             ERROR_CODE(0x800700B7)
#define E_NOT_FOUND                  ERROR_CODE(0x80070490)
#define E_TIMED_OUT                  ERROR_CODE(0x800705B4)
#define E_UNEXPECTED_FAILURE         ERROR_CODE(0x80004005)

/* The Host Compute Service's own, HCS_E_*. */
#define HCS_E_TERMINATED_DURING_START   ERROR_CODE(0x80370100)
#define HCS_E_INVALID_STATE             ERROR_CODE(0x80370105)
#define HCS_E_UNEXPECTED_EXIT           ERROR_CODE(0x80370106)
#define HCS_E_INVALID_JSON              ERROR_CODE(0x8037010D)
#define HCS_E_SYSTEM_NOT_FOUND          ERROR_CODE(0x8037010E)
#define HCS_E_SYSTEM_ALREADY_EXISTS     ERROR_CODE(0x8037010F)
#define HCS_E_SYSTEM_ALREADY_STOPPED    ERROR_CODE(0x80370110)
#define HCS_E_SERVICE_NOT_AVAILABLE     ERROR_CODE(0x80370114)
#define HCS_E_OPERATION_NOT_STARTED     ERROR_CODE(0x80370115)
#define HCS_E_OPERATION_ALREADY_STARTED ERROR_CODE(0x80370116)
#define HCS_E_OPERATION_PENDING         ERROR_CODE(0x80370117)
#define HCS_E_OPERATION_TIMEOUT         ERROR_CODE(0x80370118)
#define HCS_E_ACCESS_DENIED             ERROR_CODE(0x8037011B)
#define HCS_E_PROCESS_INFO_NOT_AVAILABLE ERROR_CODE(0x8037011D)
#define HCS_E_PROCESS_ALREADY_STOPPED   ERROR_CODE(0x8037011F)

/* Says what failed; returns `code`, which must be below zero. */
int error_set(struct error *err, int32_t code, const char *fmt, ...) _printf_(3, 4);
int error_set_va(struct error *err, int32_t code, const char *fmt, va_list args) _printf_(3, 0);

/* The same with the code and the words of errno added: "opening /x: no such file or directory".  errno must not be 0. */
int error_errno(struct error *err, const char *fmt, ...) _printf_(2, 3);
/* The same for an errno value that was kept aside. */
int error_errnum(struct error *err, int errnum, const char *fmt, ...) _printf_(3, 4);

/* Puts a step in front: "unpacking x.tar: " + what is there.  Returns the code that is there. */
int error_wrap(struct error *err, const char *fmt, ...) _printf_(2, 3);

/* Out of memory, in one form. */
int error_memory(struct error *err);

/* errno to HRESULT, and back (0 when none of ours fits: the caller picks EIO). */
int32_t error_from_errno(int errnum);
int error_to_errno(int32_t code);

/* The words of an errno in lower case, as the messages use them ("no such file or directory"); never NULL. */
const char *error_errno_text(int errnum);

#endif
