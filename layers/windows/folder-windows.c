#include <stdlib.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/system.h"
#include "hcs/base/text.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "layers/windows/stream.h"

#include <fcntl.h>
#include <io.h>

/* The folder is an administrator's own (src/lib/windows/place.h), and holds no links: nobody else writes to it.  "\\?\" lets paths be as
 * long as
 * they like, and takes names as they are. */
int winfolder_open(const char *path, struct winfolder *ret, struct error *err)
{
        _cleanup_(text_done) struct text all = { 0 };
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        DWORD attributes;

        text_addf(&all, "%s%s", text_starts_with(path, "\\\\") ? "" : "\\\\?\\", path);
        if (text_check(&all, err) < 0 || utf16_from_utf8(all.data, &wide, err) < 0)
                return err->code;
        attributes = GetFileAttributesW(wide);
        if (attributes == INVALID_FILE_ATTRIBUTES)
                return system_error(err, GetLastError(), "opening %s", path);
        if (!(attributes & FILE_ATTRIBUTE_DIRECTORY))
                return error_set(err, E_INVALID_DATA, "%s is no directory", path);
        *ret = (struct winfolder){ .dir = -1 };
        return text_take(&all, &ret->path, err);
}

void winfolder_done(struct winfolder *folder)
{
        free(take_ptr(folder->path));
}

/* `more` stands behind it. */
static int widen(const struct winfolder *folder, const char *path, const char *more, char16_t **ret, struct error *err)
{
        _cleanup_(text_done) struct text all = { 0 };
        char *separators;

        text_addf(&all, "%s%s%s%s", folder->path, *path ? "\\" : "", path, more);
        if (text_check(&all, err) < 0)
                return err->code;
        for (separators = all.data; (separators = strchr(separators, '/')); )
                *separators = '\\';
        return utf16_from_utf8(all.data, ret, err);
}


/* --- in ------------------------------------------------------------------------------------------------------------------- */

/* All that a directory's listing does not say. */
static int look(const char16_t *path, struct winfolder_entry *entry, struct error *err)
{
        FILE_BASIC_INFO basic = { .FileAttributes = 0 };
        BY_HANDLE_FILE_INFORMATION what = { .nNumberOfLinks = 1 };
        HANDLE file = CreateFileW(path, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                                  FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
        DWORD code = 0;

        if (file == INVALID_HANDLE_VALUE)
                return system_error(err, GetLastError(), "looking at it");
        if (!GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof(basic)) || !GetFileInformationByHandle(file, &what))
                code = GetLastError();
        CloseHandle(file);
        if (code)
                return system_error(err, code, "looking at it");
        entry->times = (struct wintar_times){ (uint64_t)basic.CreationTime.QuadPart, (uint64_t)basic.LastAccessTime.QuadPart,
                                              (uint64_t)basic.LastWriteTime.QuadPart, (uint64_t)basic.ChangeTime.QuadPart };
        entry->device = what.dwVolumeSerialNumber;
        entry->number = (uint64_t)what.nFileIndexHigh << 32 | what.nFileIndexLow;
        entry->names = what.nNumberOfLinks;
        return 0;
}

static int read_entry(const struct winfolder *folder, const char *path, const WIN32_FIND_DATAW *found, struct arena *arena,
                      struct winfolder_entry *ret, struct error *err)
{
        _cleanup_(free_charp) char *name = NULL;
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        const char *whole;

        if (utf16_to_utf8(found->cFileName, &name, err) < 0)
                return error_set(err, E_NOT_SUPPORTED, "it has a name in it that is no Unicode, which no archive says");
        *ret = (struct winfolder_entry){ .name = arena_copy(arena, name), .attributes = found->dwFileAttributes,
                                         .is_directory = (found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 };
        whole = arena_printf(arena, "%s%s%s", path, *path ? "/" : "", name);
        if (!ret->name || !whole)
                return error_memory(err);
        if (found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
                return error_set(err, E_INVALID_DATA, "%s is neither file nor directory, and an exported layer has nothing else", name);
        if (widen(folder, whole, "", &wide, err) < 0)
                return err->code;
        return look(wide, ret, err) < 0 ? error_wrap(err, "%s", name) : 0;
}

static int compare(const void *a, const void *b)
{
        const struct winfolder_entry *left = a, *right = b;

        return strcmp(left->name, right->name);
}

static int add_entry(const struct winfolder *folder, const char *path, const WIN32_FIND_DATAW *found, struct arena *arena,
                     winfolder_list *list, size_t *room, struct error *err)
{
        if (wcscmp(found->cFileName, L".") == 0 || wcscmp(found->cFileName, L"..") == 0)
                return 0;
        if (list->count == *room) {
                struct winfolder_entry *more = arena_alloc_array(arena, *room = *room ? 2 * *room : 16, sizeof(*more));

                if (!more)
                        return error_memory(err);
                if (list->count)
                        memcpy(more, list->items, list->count * sizeof(*more));
                list->items = more;
        }
        if (read_entry(folder, path, found, arena, &list->items[list->count], err) < 0)
                return error_wrap(err, "%s", *path ? path : "the folder");
        list->count++;
        return 0;
}

int winfolder_read_directory(const struct winfolder *folder, const char *path, struct arena *arena, winfolder_list *ret, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *pattern = NULL;
        WIN32_FIND_DATAW found;
        size_t room = 0;
        HANDLE find;
        int r;

        *ret = (winfolder_list){ .count = 0 };
        if (widen(folder, path, "\\*", &pattern, err) < 0)
                return err->code;
        find = FindFirstFileW(pattern, &found);
        if (find == INVALID_HANDLE_VALUE)
                return system_error(err, GetLastError(), "reading %s", *path ? path : "the folder");
        do {
                r = add_entry(folder, path, &found, arena, ret, &room, err);
        } while (r >= 0 && FindNextFileW(find, &found));
        if (r >= 0 && GetLastError() != ERROR_NO_MORE_FILES)
                r = system_error(err, GetLastError(), "reading %s", *path ? path : "the folder");
        FindClose(find);
        if (r >= 0 && ret->count)
                qsort(ret->items, ret->count, sizeof(*ret->items), compare);
        return r;
}

/* A descriptor of the C runtime's, as everywhere here. */
static int describe(HANDLE file, int flags, const char *path, int *ret, struct error *err)
{
        *ret = _open_osfhandle((intptr_t)file, flags | _O_BINARY | _O_NOINHERIT);
        if (*ret >= 0)
                return 0;
        CloseHandle(file);
        return error_set(err, E_UNEXPECTED_FAILURE, "opening %s: too many files are open", path);
}

int winfolder_open_file(const struct winfolder *folder, const char *path, struct winfolder_file *ret, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        struct winfolder_entry what;
        LARGE_INTEGER size;
        HANDLE file;
        DWORD code;

        if (widen(folder, path, "", &wide, err) < 0)
                return err->code;
        file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, NULL);
        if (file == INVALID_HANDLE_VALUE) {
                code = GetLastError();
                return system_error(err, code == ERROR_PATH_NOT_FOUND ? ERROR_FILE_NOT_FOUND : code, "opening %s", path);
        }
        if (!GetFileSizeEx(file, &size)) {
                code = GetLastError();
                CloseHandle(file);
                return system_error(err, code, "looking at %s", path);
        }
        if (look(wide, &what, err) < 0) {
                CloseHandle(file);
                return error_wrap(err, "%s", path);
        }
        *ret = (struct winfolder_file){ -1, (uint64_t)size.QuadPart, what.times };
        return describe(file, _O_RDONLY, path, &ret->fd, err);
}

int winfolder_read(struct winfolder_file *file, uint64_t at, void *bytes, size_t length, size_t *ret, struct error *err)
{
        size_t got = 0;

        while (got < length) {
                OVERLAPPED where = { .Offset = (DWORD)(at + got), .OffsetHigh = (DWORD)((at + got) >> 32) };
                DWORD n = 0, most = length - got < (1u << 20) ? (DWORD)(length - got) : 1u << 20;

                if (!ReadFile((HANDLE)_get_osfhandle(file->fd), (char *)bytes + got, most, &n, &where) &&
                    GetLastError() != ERROR_HANDLE_EOF)
                        return system_error(err, GetLastError(), "reading it");
                if (n == 0)
                        break;
                got += n;
        }
        *ret = got;
        return 0;
}

/* --- out ------------------------------------------------------------------------------------------------------------------ */

int winfolder_make_directory(const struct winfolder *folder, const char *path, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;

        if (widen(folder, path, "", &wide, err) < 0)
                return err->code;
        return CreateDirectoryW(wide, NULL) ? 0 : system_error(err, GetLastError(), "making it");
}

int winfolder_make_file(const struct winfolder *folder, const char *path, struct winfolder_file *ret, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        HANDLE file;

        if (widen(folder, path, "", &wide, err) < 0)
                return err->code;
        file = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE)
                return system_error(err, GetLastError(), "making it");
        *ret = (struct winfolder_file){ .fd = -1 };
        return describe(file, _O_RDWR, path, &ret->fd, err);
}

int winfolder_link(const struct winfolder *folder, const char *path, const char *target, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL, *other = NULL;

        if (widen(folder, path, "", &wide, err) < 0 || widen(folder, target, "", &other, err) < 0)
                return err->code;
        return CreateHardLinkW(wide, other, NULL) ? 0 : system_error(err, GetLastError(), "linking it");
}

int winfolder_remove_file(const struct winfolder *folder, const char *path, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;

        if (widen(folder, path, "", &wide, err) < 0)
                return err->code;
        return DeleteFileW(wide) ? 0 : system_error(err, GetLastError(), "removing it");
}

int winfolder_write(struct winfolder_file *file, const void *bytes, size_t length, struct error *err)
{
        file->size += length;
        return io_write_all(file->fd, bytes, length, "it", err);
}

int winfolder_set_times(struct winfolder_file *file, const struct wintar_times *times, struct error *err)
{
        FILE_BASIC_INFO basic = { .CreationTime.QuadPart = (int64_t)times->created, .LastAccessTime.QuadPart = (int64_t)times->read,
                                  .LastWriteTime.QuadPart = (int64_t)times->written, .ChangeTime.QuadPart = (int64_t)times->changed };

        return SetFileInformationByHandle((HANDLE)_get_osfhandle(file->fd), FileBasicInfo, &basic, sizeof(basic)) ? 0 :
               system_error(err, GetLastError(), "giving it its time");
}

void winfolder_close(struct winfolder_file *file)
{
        io_closep(&file->fd);
        file->fd = -1;
}
