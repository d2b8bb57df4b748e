/* Files of Windows.  A descriptor is the C runtime's, opened in binary and not inherited; paths are UTF-8 and become UTF-16
 * here.  Modes are for Linux: who may read lies in the ACL of the directory (src/lib/host-windows.c). */
#include "hcs/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hcs/base/path.h"
#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"

#define PIECE (1u << 20)

void io_closep(int *fd)
{
        int saved = errno;

        if (*fd >= 0)
                _close(*fd);
        errno = saved;
}

void io_close_filep(FILE **file)
{
        if (*file)
                fclose(*file);
}

static int open_path(const char *path, int flags, int *ret_fd, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        int fd;

        if (utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        fd = _wopen(wide, flags | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE);
        if (fd < 0)
                return error_errno(err, "%s %s", flags & _O_CREAT ? "making" : "opening", path);
        *ret_fd = fd;
        return 0;
}

int io_read_all(int fd, size_t max, struct text *out, const char *what, struct error *err)
{
        char piece[16384];

        for (;;) {
                int n = _read(fd, piece, sizeof(piece));

                if (n < 0)
                        return error_errno(err, "reading %s", what);
                if (n == 0)
                        return text_check(out, err);
                if (out->length + (size_t)n > max)
                        return error_set(err, E_INVALID_DATA, "%s is too large: more than %zu bytes", what, max);
                text_add_n(out, piece, (size_t)n);
        }
}

static bool is_directory(const char16_t *path)
{
        DWORD attributes = GetFileAttributesW(path);

        return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* Somebody else may have this file open right now and not share what we want of it: he will be done soon. */
static bool is_passing(DWORD code, int tries)
{
        if ((code != ERROR_ACCESS_DENIED && code != ERROR_SHARING_VIOLATION) || tries == 100)
                return false;
        system_sleep_ms(10);
        return true;
}

static int open_to_read(const char *path, int *ret_fd, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        HANDLE file;

        if (utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        /* While a new file is put into its place (move), the old one is going: that is "access denied" for a moment. */
        for (int tries = 0; ; tries++) {
                file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                   OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
                if (file != INVALID_HANDLE_VALUE)
                        break;
                if (!is_passing(GetLastError(), tries) || is_directory(wide))
                        return open_path(path, _O_RDONLY, ret_fd, err);         /* says it in the words of both systems */
        }
        *ret_fd = _open_osfhandle((intptr_t)file, _O_RDONLY | _O_BINARY | _O_NOINHERIT);
        if (*ret_fd >= 0)
                return 0;
        CloseHandle(file);
        return error_set(err, E_UNEXPECTED_FAILURE, "opening %s: too many files are open", path);
}

int io_open(const char *path, int *ret_fd, struct error *err)
{
        return open_to_read(path, ret_fd, err);
}

int io_create(const char *path, int *ret_fd, struct error *err)
{
        return open_path(path, _O_WRONLY | _O_CREAT | _O_TRUNC, ret_fd, err);
}

int io_sync(int fd, const char *what, struct error *err)
{
        return _commit(fd) < 0 ? error_errno(err, "writing %s to the disk", what) : 0;
}

int io_read_file(const char *path, size_t max, struct text *out, struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        int r = open_to_read(path, &fd, err);

        return r < 0 ? r : io_read_all(fd, max, out, path, err);
}

int io_write_all(int fd, const void *bytes, size_t length, const char *what, struct error *err)
{
        const char *at = bytes;

        while (length > 0) {
                int n = _write(fd, at, (unsigned)(length < PIECE ? length : PIECE));

                if (n <= 0)
                        return error_errno(err, "writing %s", what);
                at += n;
                length -= (size_t)n;
        }
        return 0;
}

int io_open_append(const char *path, mode_t mode, int *ret_fd, struct error *err)
{
        (void)mode;
        return open_path(path, _O_WRONLY | _O_CREAT | _O_APPEND, ret_fd, err);
}

void io_remove(const char *path)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        struct error ignored = { 0 };

        if (utf16_from_utf8(path, &wide, &ignored) == 0)
                (void)DeleteFileW(wide);
}

int io_make_file(const char *path, const void *bytes, size_t length, mode_t mode, struct error *err)
{
        int fd = -1, r;

        (void)mode;
        r = open_path(path, _O_WRONLY | _O_CREAT | _O_EXCL, &fd, err);
        if (r < 0)
                return r;
        r = io_write_all(fd, bytes, length, path, err);
        io_closep(&fd);                 /* an open file can't be deleted */
        if (r < 0)
                io_remove(path);
        return r;
}

int io_rename(const char *from, const char *to, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide_from = NULL, *wide_to = NULL;

        if (utf16_from_utf8(from, &wide_from, err) < 0 || utf16_from_utf8(to, &wide_to, err) < 0)
                return err->code;
        for (int tries = 0; !MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH); tries++) {
                DWORD code = GetLastError();

                if (!is_passing(code, tries))
                        return system_error(err, code, "putting %s into its place", to);
        }
        return 0;
}

int io_replace(const char *path, const void *bytes, size_t length, mode_t mode, struct error *err)
{
        _cleanup_(text_done) struct text temporary = { 0 };
        uint64_t salt;
        int r = system_random(&salt, sizeof(salt), err);

        if (r < 0)
                return r;
        text_addf(&temporary, "%s.%016llx", path, (unsigned long long)salt);
        r = text_check(&temporary, err);
        if (r >= 0)
                r = io_make_file(temporary.data, bytes, length, mode, err);
        if (r < 0)
                return r;
        r = io_rename(temporary.data, path, err);
        if (r < 0)
                io_remove(temporary.data);
        return r;
}

/* From the top down: "C:\\a\\b" makes "C:\\a" first, which may be there. */
int io_make_directories(const char *path, mode_t mode, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;

        (void)mode;
        if (utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        for (char16_t *at = wide; ; at++) {
                char16_t kept = *at;

                if (kept && kept != u'\\' && kept != u'/')
                        continue;
                *at = 0;
                if (at > wide && at[-1] != u':' && !is_directory(wide) && !CreateDirectoryW(wide, NULL) && !is_directory(wide))
                        return system_error(err, GetLastError(), "making the directory %s", path);
                if (!kept)
                        return 0;
                *at = kept;
        }
}

int io_make_directory(const char *path, mode_t mode, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;

        (void)mode;
        if (utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        return CreateDirectoryW(wide, NULL) ? 0 : system_error(err, GetLastError(), "making the directory %s", path);
}

/* --- trees ---------------------------------------------------------------------------------------------------------------- */

#define LEVELS_MAX 500

static DWORD remove_level(const char16_t *path, int level);

/* A link is one file or directory, whatever it leads to.  Scanners hold what was just written. */
static DWORD remove_one(const char16_t *path, const WIN32_FIND_DATAW *found, int level)
{
        bool directory = found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;
        DWORD code = 0;

        if (directory && !(found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
                code = remove_level(path, level + 1);
        if (code == 0 && (found->dwFileAttributes & FILE_ATTRIBUTE_READONLY))
                (void)SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
        for (int tries = 0; code == 0 && !(directory ? RemoveDirectoryW(path) : DeleteFileW(path)); tries++) {
                DWORD last = GetLastError();

                if (last == ERROR_FILE_NOT_FOUND || last == ERROR_PATH_NOT_FOUND)
                        return 0;
                code = is_passing(last, tries) ? 0 : last;
        }
        return code;
}

static DWORD remove_level(const char16_t *path, int level)
{
        size_t length = utf16_length(path);
        char16_t *below = calloc(length + MAX_PATH + 3, sizeof(*below));
        DWORD code = below && level < LEVELS_MAX ? 0 : ERROR_NOT_ENOUGH_MEMORY;
        WIN32_FIND_DATAW found;
        HANDLE find = INVALID_HANDLE_VALUE;

        if (code == 0) {
                memcpy(below, path, length * sizeof(*below));
                memcpy(below + length, u"\\*", 3 * sizeof(*below));
                find = FindFirstFileW(below, &found);
        }
        for (bool more = find != INVALID_HANDLE_VALUE; more && code == 0; more = FindNextFileW(find, &found)) {
                if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0)
                        continue;
                memcpy(below + length + 1, found.cFileName, (wcslen(found.cFileName) + 1) * sizeof(*below));
                code = remove_one(below, &found, level);
        }
        if (find != INVALID_HANDLE_VALUE)
                FindClose(find);
        free(below);
        return code;
}

int io_remove_tree(const char *path, struct error *err)
{
        _cleanup_(text_done) struct text all = { 0 };
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        WIN32_FIND_DATAW top = { .dwFileAttributes = FILE_ATTRIBUTE_DIRECTORY };
        DWORD code, attributes;

        text_addf(&all, "%s%s", text_starts_with(path, "\\\\") ? "" : "\\\\?\\", path);
        if (text_check(&all, err) < 0 || utf16_from_utf8(all.data, &wide, err) < 0)
                return err->code;
        attributes = GetFileAttributesW(wide);
        if (attributes == INVALID_FILE_ATTRIBUTES && GetLastError() == ERROR_FILE_NOT_FOUND)
                return 0;
        if (attributes != INVALID_FILE_ATTRIBUTES)
                top.dwFileAttributes = attributes;      /* a link is one file or directory, here, too */
        code = remove_one(wide, &top, 0);
        return code ? system_error(err, code, "removing %s", path) : 0;
}
