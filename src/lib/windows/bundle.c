/* What a bundle names is looked at here, and nothing else: which of its paths are files, which are links and where they lead,
 * and which of its layers has the utility VM. */
#include <stdlib.h>
#include <string.h>

#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "src/lib/windows/plan.h"

#define PATH_MAX_UNITS 32768            /* what Windows calls a long path */

static int attributes_of(const char *path, DWORD *ret, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;

        if (utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        *ret = GetFileAttributesW(wide);
        return 0;
}

/* --- links -------------------------------------------------------------------------------------------------------- */

/* A symbolic link?  Mount points are none: what is mounted there has no better name. */
static bool is_link(const char16_t *wide)
{
        WIN32_FIND_DATAW entry;
        HANDLE find = FindFirstFileW(wide, &entry);

        if (find == INVALID_HANDLE_VALUE)
                return false;
        FindClose(find);
        return (entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) && entry.dwReserved0 == IO_REPARSE_TAG_SYMLINK;
}

/* "\\?\C:\x" is "C:\x" to people, and "\\?\UNC\server\share" is "\\server\share". */
static const char *plain(struct arena *arena, const char *path)
{
        if (strncmp(path, "\\\\?\\UNC\\", 8) == 0)
                return arena_printf(arena, "\\\\%s", path + 8);
        return arena_copy(arena, strncmp(path, "\\\\?\\", 4) == 0 && path[4] && path[5] == ':' ? path + 4 : path);
}

/* What is at the end of all links; NULL when that can't be told. */
static int end_of(struct arena *arena, const char16_t *wide, const char **ret, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *final = malloc(PATH_MAX_UNITS * sizeof(*final));
        _cleanup_(free_charp) char *text = NULL;
        HANDLE file;
        DWORD length;

        if (!final)
                return error_memory(err);
        file = CreateFileW(wide, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                           FILE_FLAG_BACKUP_SEMANTICS, NULL);
        if (file == INVALID_HANDLE_VALUE)
                return 0;
        length = GetFinalPathNameByHandleW(file, final, PATH_MAX_UNITS, FILE_NAME_NORMALIZED);
        CloseHandle(file);
        if (length == 0 || length >= PATH_MAX_UNITS)
                return 0;
        if (utf16_to_utf8(final, &text, err) < 0)
                return err->code;
        *ret = plain(arena, text);
        return *ret ? 0 : error_memory(err);
}

static int follow(struct arena *arena, const char *path, struct string_map *links, const char **ret, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        const char *target = NULL;

        *ret = path;
        if (utf16_from_utf8(path, &wide, err) < 0)
                return err->code;
        if (!is_link(wide))
                return 0;
        if (end_of(arena, wide, &target, err) < 0)
                return err->code;
        if (!target)
                return error_set(err, E_FILE_NOT_FOUND, "\"%s\" is a link that leads nowhere; mount what it should lead to", path);
        links->items[links->count++] = (struct string_pair){ path, target };
        *ret = target;
        return 0;
}

/* --- the utility VM ----------------------------------------------------------------------------------------------- */

/* From the top down, the first that has it; whoever finds none is told by the machine that doesn't start, so the lowest layer
 * is taken then. */
static int find_utility_vm(const struct oci_windows *config, struct arena *arena, struct oci_facts *facts, struct error *err)
{
        const struct strings *folders = &config->section.layer_folders;

        if (!oci_windows_boots_from_layers(config))
                return 0;
        for (size_t i = 0; i + 1 < folders->count; i++) {
                const char *path = arena_printf(arena, "%s\\UtilityVM", folders->items[i]);
                DWORD attributes = INVALID_FILE_ATTRIBUTES;

                if (!path)
                        return error_memory(err);
                if (attributes_of(path, &attributes, err) < 0)
                        return err->code;
                if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY)) {
                        facts->utility_vm = path;
                        return 0;
                }
        }
        return 0;
}

int winfacts_look(const struct oci_windows *config, struct arena *arena, struct oci_facts *facts, struct error *err)
{
        struct strings paths = { 0 }, files = { 0 };
        struct string_map links = { 0 };
        int r = oci_windows_paths(config, facts, "new", arena, &paths, err);   /* a new scratch has no disk, whatever the id */

        if (r < 0)
                return r;
        files.items = arena_alloc_array(arena, paths.count + 1, sizeof(*files.items));
        links.items = arena_alloc_array(arena, paths.count + 1, sizeof(*links.items));
        if (!files.items || !links.items)
                return error_memory(err);
        for (size_t i = 0; i < paths.count; i++) {
                const char *path;
                DWORD attributes = INVALID_FILE_ATTRIBUTES;

                if (follow(arena, paths.items[i], &links, &path, err) < 0 || attributes_of(path, &attributes, err) < 0)
                        return err->code;
                if (attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY))
                        files.items[files.count++] = path;
        }
        facts->files = files;
        facts->links = links;
        return find_utility_vm(config, arena, facts, err);
}
