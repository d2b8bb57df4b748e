#include "hcs/base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hcs/base/system.h"
#include "hcs/base/utf8.h"

/* One numbering for both systems.  The first row with an errno gives its HRESULT; the first row with an HRESULT gives its
 * errno. */
static const struct { int errnum; int32_t code; } table[] = {
        { ENOENT, E_FILE_NOT_FOUND },           { EACCES, E_ACCESS },                   { EPERM, E_ACCESS },
        { ENOMEM, E_NO_MEMORY },                { EINVAL, E_INVALID_PARAMETER },        { EEXIST, E_ALREADY_EXISTS },
        { ENOSPC, E_DISK_FULL },                { EDQUOT, E_DISK_FULL },                { EBUSY, E_BUSY },
        { ETXTBSY, E_BUSY },                    { EPIPE, E_BROKEN_PIPE },               { ECONNRESET, E_BROKEN_PIPE },
        { ETIMEDOUT, E_TIMED_OUT },             { ENOTSUP, E_NOT_SUPPORTED },           { ENOSYS, E_NOT_SUPPORTED },
        { ENODEV, E_NOT_SUPPORTED },            { ESRCH, E_NOT_FOUND },                 { ENOTDIR, E_FILE_NOT_FOUND },
        { ENOEXEC, E_INVALID_DATA },            { ELOOP, E_INVALID_DATA },              { EBADMSG, E_INVALID_DATA },
};

int32_t error_from_errno(int errnum)
{
        for (size_t i = 0; i < ARRAY_LENGTH(table); i++)
                if (table[i].errnum == errnum)
                        return table[i].code;
        return E_UNEXPECTED_FAILURE;
}

int error_to_errno(int32_t code)
{
        for (size_t i = 0; i < ARRAY_LENGTH(table); i++)
                if (table[i].code == code)
                        return table[i].errnum;
        return 0;
}

/* The C library's words, with a small first letter; fixed English, since clients search in them. */
const char *error_errno_text(int errnum)
{
        static const struct { int errnum; const char *words; } common[] = {
                { EPERM, "operation not permitted" }, { ENOENT, "no such file or directory" }, { ESRCH, "no such process" },
                { EINTR, "interrupted" }, { EIO, "input/output error" }, { E2BIG, "argument list too long" },
                { ENOEXEC, "exec format error" }, { EBADF, "bad file descriptor" }, { EAGAIN, "resource temporarily unavailable" },
                { ENOMEM, "out of memory" }, { EACCES, "permission denied" }, { EBUSY, "device or resource busy" },
                { EEXIST, "file exists" }, { EXDEV, "crosses file systems" }, { ENODEV, "no such device" },
                { ENOTDIR, "not a directory" }, { EISDIR, "is a directory" }, { EINVAL, "invalid argument" },
                { EMFILE, "too many open files" }, { ENFILE, "too many open files in the system" }, { ETXTBSY, "text file busy" },
                { EFBIG, "file too large" }, { ENOSPC, "no space left on device" }, { EROFS, "read-only file system" },
                { EMLINK, "too many links" }, { EPIPE, "broken pipe" }, { ERANGE, "out of range" }, { ELOOP, "too many symbolic links" },
                { ENAMETOOLONG, "name too long" }, { ENOSYS, "not known to this kernel" }, { ENOTEMPTY, "directory not empty" },
                { ENOTSUP, "not supported" }, { EADDRINUSE, "address in use" }, { ECONNREFUSED, "connection refused" },
                { ECONNRESET, "connection reset" }, { ENOTCONN, "not connected" }, { ETIMEDOUT, "timed out" },
                { EDQUOT, "disk quota exceeded" }, { EOVERFLOW, "value too large" }, { EUSERS, "too many users" },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(common); i++)
                if (common[i].errnum == errnum)
                        return common[i].words;
        return system_errno_text(errnum);
}

/* Messages are put together here first: they may quote the struct's own text, and what input put into them must not reach
 * a terminal as it is.  A little longer than the text itself, so that what is cut off shows as cut off. */
struct draft { char text[ERROR_TEXT_MAX + 8]; size_t length; };

static void draft_add_va(struct draft *draft, const char *fmt, va_list args)
{
        size_t room = sizeof(draft->text) - draft->length;
        int length = vsnprintf(draft->text + draft->length, room, fmt, args);

        if (length > 0)
                draft->length += (size_t)length < room ? (size_t)length : room - 1;
}

static void draft_add(struct draft *draft, const char *text)
{
        size_t length = strnlen(text, sizeof(draft->text) - draft->length - 1);

        memcpy(draft->text + draft->length, text, length);
        draft->length += length;
        draft->text[draft->length] = '\0';
}

static int settle(struct error *err, int32_t code, const struct draft *draft)
{
        utf8_printable(draft->text, err->text, sizeof(err->text));
        err->code = code < 0 ? code : E_UNEXPECTED_FAILURE;
        return err->code;
}

int error_set_va(struct error *err, int32_t code, const char *fmt, va_list args)
{
        struct draft draft = { .length = 0 };

        draft_add_va(&draft, fmt, args);
        return settle(err, code, &draft);
}

int error_set(struct error *err, int32_t code, const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        (void)error_set_va(err, code, fmt, args);
        va_end(args);
        return err->code;
}

static int set_errnum(struct error *err, int errnum, const char *fmt, va_list args)
{
        struct draft draft = { .length = 0 };

        draft_add_va(&draft, fmt, args);
        draft_add(&draft, ": ");
        draft_add(&draft, error_errno_text(errnum));
        return settle(err, error_from_errno(errnum), &draft);
}

int error_errnum(struct error *err, int errnum, const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        (void)set_errnum(err, errnum, fmt, args);
        va_end(args);
        return err->code;
}

int error_errno(struct error *err, const char *fmt, ...)
{
        int errnum = errno;
        va_list args;

        va_start(args, fmt);
        (void)set_errnum(err, errnum, fmt, args);
        va_end(args);
        return err->code;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
        struct draft draft = { .length = 0 };
        va_list args;

        va_start(args, fmt);
        draft_add_va(&draft, fmt, args);
        va_end(args);
        draft_add(&draft, ": ");
        draft_add(&draft, err->text);
        return settle(err, err->code, &draft);
}

int error_memory(struct error *err)
{
        return error_set(err, E_NO_MEMORY, "out of memory");
}
