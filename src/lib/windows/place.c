#include "src/lib/windows/place.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "src/lib/windows/owner.h"

#include <sddl.h>

#define FILE_MAX (64u << 20)
#define ONLY_ADMINISTRATORS L"D:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)"

void place_done(struct place *place)
{
        free(take_ptr(place->path));
}

int place_init(struct place *place, const char *root, const char *id, struct error *err)
{
        return path_join(root, id, &place->path, err);
}

/* A directory that is there keeps its ACL, if it is an administrator's: it was made by us, or by whoever gave --root. */
static int make_private(const char *path, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes) };
        DWORD code = 0;

        if (utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(ONLY_ADMINISTRATORS, SDDL_REVISION_1,
                                                                  &attributes.lpSecurityDescriptor, NULL))
                return system_error(err, GetLastError(), "composing the access list of %s", path);
        if (!CreateDirectoryW(wide, &attributes))
                code = GetLastError();
        LocalFree(attributes.lpSecurityDescriptor);
        if (code == ERROR_ALREADY_EXISTS)
                return owner_check(path, err) < 0 ? err->code : PLACE_BUSY;
        return code ? system_error(err, code, "making the directory %s", path) : 0;
}

int place_make(const struct place *place, const char *root, struct error *err)
{
        int r = make_private(root, err);

        if (r == (int)HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND)) {
                _cleanup_(free_charp) char *above = strdup(root);

                if (!above)
                        return error_memory(err);
                *(char *)path_name(above) = '\0';
                r = io_make_directories(above, 0755, err);
                if (r >= 0)
                        r = make_private(root, err);
        }
        return r < 0 ? r : make_private(place->path, err);
}

bool place_is_there(const struct place *place)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        struct error ignored = { 0 };

        return utf16_from_utf8(place->path, &wide, &ignored) == 0 && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
}

int place_write(const struct place *place, const char *name, const struct text *text, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        int r = text_check(text, err);

        if (r >= 0)
                r = path_join(place->path, name, &path, err);
        return r < 0 ? r : io_replace(path, text->data ? text->data : "", text->length, 0600, err);
}

int place_read(const struct place *place, const char *name, struct text *out, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        int r = path_join(place->path, name, &path, err);

        if (r >= 0)
                r = io_read_file(path, FILE_MAX, out, err);
        return r == E_FILE_NOT_FOUND ? PLACE_ABSENT : r;
}

int place_take(const struct place *place, const char *name, struct text *out, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        int r = place_read(place, name, out, err);

        if (r != 0)
                return r;
        if (path_join(place->path, name, &path, err) < 0 || utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        (void)DeleteFileW(wide);
        return 0;
}

/* --- locks ---------------------------------------------------------------------------------------------------------------- */

static int open_lock(const struct place *place, const char *name, HANDLE *ret, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        HANDLE file = NULL;

        if (path_join(place->path, name, &path, err) < 0 || utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        file = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                           OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE)
                return system_error(err, GetLastError(), "opening %s", path);
        *ret = file;
        return 0;
}

/* The lock goes with the handle, and so with the process. */
static bool try_lock(HANDLE file)
{
        OVERLAPPED at = { 0 };

        return LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at);
}

int place_lock(const struct place *place, const char *name, uint32_t wait_ms, void **ret, struct error *err)
{
        uint64_t end = system_now_ms() + wait_ms;
        HANDLE file = NULL;
        int r = open_lock(place, name, &file, err);

        if (r < 0)
                return r;
        while (!try_lock(file)) {
                DWORD code = GetLastError();

                if (code == ERROR_LOCK_VIOLATION && system_now_ms() < end) {
                        system_sleep_ms(5);
                        continue;
                }
                CloseHandle(file);
                return code == ERROR_LOCK_VIOLATION ? PLACE_BUSY : system_error(err, code, "locking %s", place->path);
        }
        *ret = file;
        return 0;
}

void place_unlock(void *lock)
{
        if (lock)
                CloseHandle(lock);
}

void place_unlockp(void **lock)
{
        place_unlock(*lock);
}

bool place_is_locked(const struct place *place, const char *name)
{
        struct error ignored = { 0 };
        void *lock = NULL;
        int r;

        if (!place_is_there(place))
                return false;
        r = place_lock(place, name, 0, &lock, &ignored);
        place_unlock(lock);
        return r == PLACE_BUSY;
}

/* --- the end -------------------------------------------------------------------------------------------------------------- */

static int remove_files(const char16_t *directory, struct error *err)
{
        char16_t pattern[MAX_PATH * 4], path[MAX_PATH * 4];
        WIN32_FIND_DATAW entry;
        HANDLE find;

        if (utf16_length(directory) + MAX_PATH + 4 > ARRAY_LENGTH(path))
                return error_set(err, E_INVALID_PARAMETER, "the state directory's path is too long");
        wcscpy(pattern, directory);
        wcscat(pattern, u"\\*");
        find = FindFirstFileW(pattern, &entry);
        if (find == INVALID_HANDLE_VALUE)
                return 0;
        do {
                wcscpy(path, directory);
                wcscat(path, u"\\");
                wcscat(path, entry.cFileName);
                if (!(entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
                        (void)DeleteFileW(path);        /* what can't go shows when the directory can't */
        } while (FindNextFileW(find, &entry));
        FindClose(find);
        return 0;
}

int place_remove(const struct place *place, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        int r;

        if (utf16_from_utf8(place->path, &wide, err) < 0)
                return err->code;
        /* Somebody who just looks holds a file open for a moment. */
        for (int tries = 0; ; tries++) {
                DWORD code;

                r = remove_files(wide, err);
                if (r < 0 || RemoveDirectoryW(wide))
                        return r;
                code = GetLastError();
                if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND)
                        return 0;
                if (tries == 100)
                        return system_error(err, code, "removing %s", place->path);
                system_sleep_ms(10);
        }
}
