#include "hcs/base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
        return strerrordesc_np(errnum) ? strerrordesc_np(errnum) : "an unknown error";
}

/* Input ends up in messages: nothing in them may drive a terminal or begin a new line. */
static void make_printable(char *text)
{
        for (unsigned char *c = (unsigned char *)text; *c; c++)
                if (*c < 0x20 || *c == 0x7f)
                        *c = '?';
}

int error_set_va(struct error *err, int32_t code, const char *fmt, va_list args)
{
        (void)vsnprintf(err->text, sizeof(err->text), fmt, args);
        make_printable(err->text);
        err->code = code < 0 ? code : E_UNEXPECTED_FAILURE;
        return err->code;
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
        size_t length;

        (void)error_set_va(err, error_from_errno(errnum), fmt, args);
        length = strlen(err->text);
        (void)snprintf(err->text + length, sizeof(err->text) - length, ": %s", error_errno_text(errnum));
        return err->code;
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
        char old[ERROR_TEXT_MAX];
        size_t length;
        va_list args;

        memcpy(old, err->text, sizeof(old));
        va_start(args, fmt);
        (void)vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
        make_printable(err->text);
        length = strlen(err->text);
        (void)snprintf(err->text + length, sizeof(err->text) - length, ": %s", old);
        return err->code;
}

int error_memory(struct error *err)
{
        return error_set(err, E_NO_MEMORY, "out of memory");
}
