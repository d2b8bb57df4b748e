/* Layers as folders, exported and imported (hcs-api.md section 4): a folder of the transport form holds Files, Hives and tombstones.txt.
 * Each file below Files is its attributes (32 bits) and a backup stream; a directory has both in NAME.$wcidirs$ beside it.
 *
 * What a scratch holds is the test's: the folder "change" of the service's directory, or nothing but what every export has. */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "tests/support/catalogue.h"
#include "tests/wine/service.h"

#define INVALID_LAYER CODE(0x112)
#define DIRECTORY_MARK L".$wcidirs$"

/* --- trees ---------------------------------------------------------------------------------------------------------------- */

static DWORD attributes_of(const char *path)
{
        WCHAR *wide = wire_wide(path);
        DWORD attributes = GetFileAttributesW(wide);

        free(wide);
        return attributes;
}

static bool is_there(const char *path)
{
        return attributes_of(path) != INVALID_FILE_ATTRIBUTES;
}

static bool is_directory(const char *path)
{
        DWORD attributes = attributes_of(path);

        return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* Something for each name of a directory, until one fails. */
typedef int32_t (*visitor)(const WCHAR *path, const WIN32_FIND_DATAW *entry, void *context);

static int32_t visit(const WCHAR *directory, visitor each, void *context)
{
        WCHAR *path = fresh((wcslen(directory) + MAX_PATH + 4) * sizeof(WCHAR));
        WIN32_FIND_DATAW entry;
        int32_t result = 0;
        HANDLE find;

        swprintf(path, wcslen(directory) + 4, L"%ls\\*", directory);
        find = FindFirstFileW(path, &entry);
        for (bool more = find != INVALID_HANDLE_VALUE; more && result >= 0; more = FindNextFileW(find, &entry)) {
                if (wcscmp(entry.cFileName, L".") == 0 || wcscmp(entry.cFileName, L"..") == 0)
                        continue;
                swprintf(path, wcslen(directory) + MAX_PATH + 4, L"%ls\\%ls", directory, entry.cFileName);
                result = each(path, &entry, context);
        }
        if (find != INVALID_HANDLE_VALUE)
                FindClose(find);
        free(path);
        return result;
}

struct copying { size_t from; const WCHAR *to; };       /* the length of what a path begins with, and what it is to begin with */

static int32_t copy_one(const WCHAR *path, const WIN32_FIND_DATAW *entry, void *context)
{
        const struct copying *copying = context;
        WCHAR *to = fresh((wcslen(copying->to) + wcslen(path) + 2) * sizeof(WCHAR));
        bool directory = entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;
        int32_t result = 0;

        swprintf(to, wcslen(copying->to) + wcslen(path) + 2, L"%ls%ls", copying->to, path + copying->from);
        if (!(directory ? CreateDirectoryW(to, NULL) : CopyFileW(path, to, TRUE)))
                result = WIN32_CODE(GetLastError());
        free(to);
        return result < 0 || !directory ? result : visit(path, copy_one, context);
}

static int32_t copy_tree(const char *from, const char *to)
{
        WCHAR *wide_from = wire_wide(from), *wide_to = wire_wide(to);
        struct copying copying = { wcslen(wide_from), wide_to };
        int32_t result;

        CreateDirectoryW(wide_to, NULL);
        result = visit(wide_from, copy_one, &copying);
        free(wide_from);
        free(wide_to);
        return result;
}

static int32_t find_one(const WCHAR *path, const WIN32_FIND_DATAW *entry, void *context)
{
        (void)path, (void)entry, (void)context;
        return -1;
}

static bool is_empty(const char *path)
{
        WCHAR *wide = wire_wide(path);
        bool empty = visit(wide, find_one, NULL) == 0;

        free(wide);
        return empty;
}

static int32_t remove_one(const WCHAR *path, const WIN32_FIND_DATAW *entry, void *context)
{
        if (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
                visit(path, remove_one, context);
                return RemoveDirectoryW(path) ? 0 : WIN32_CODE(GetLastError());
        }
        SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
        return DeleteFileW(path) ? 0 : WIN32_CODE(GetLastError());
}

static int32_t remove_tree(const char *path)
{
        WCHAR *wide = wire_wide(path);
        int32_t result = visit(wide, remove_one, NULL);

        if (result >= 0 && !RemoveDirectoryW(wide))
                result = WIN32_CODE(GetLastError());
        free(wide);
        return result;
}

/* --- the transport form --------------------------------------------------------------------------------------------------- */

static uint64_t number_at(const unsigned char *bytes, int count)
{
        uint64_t number = 0;

        while (count-- > 0)
                number = number << 8 | bytes[count];
        return number;
}

/* Attributes, then streams: each with its kind, flags, size and the length of its name, the name, the content. */
static bool is_stream(const unsigned char *bytes, size_t length)
{
        size_t at = 4;

        if (length < 4)
                return false;
        while (at < length) {
                uint64_t kind, size, name;

                if (length - at < 20)
                        return false;
                kind = number_at(bytes + at, 4);
                size = number_at(bytes + at + 8, 8);
                name = number_at(bytes + at + 16, 4);
                at += 20;
                if (kind < 1 || kind > 10 || name % 2 || name > length - at || (name && kind != 4) || size > length - at - name)
                        return false;
                at += name + size;
        }
        return true;
}

static bool is_transport_file(const WCHAR *path)
{
        HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        DWORD size = file == INVALID_HANDLE_VALUE ? 0 : GetFileSize(file, NULL), got = 0;
        unsigned char *bytes = fresh(size + 1);
        bool right = file != INVALID_HANDLE_VALUE && ReadFile(file, bytes, size, &got, NULL) && got == size && is_stream(bytes, size);

        if (file != INVALID_HANDLE_VALUE)
                CloseHandle(file);
        free(bytes);
        return right;
}

static bool ends_with(const WCHAR *text, const WCHAR *end)
{
        return wcslen(text) >= wcslen(end) && wcscmp(text + wcslen(text) - wcslen(end), end) == 0;
}

/* The first path that is not as it must be is put into the answer. */
static int32_t check_one(const WCHAR *path, const WIN32_FIND_DATAW *entry, void *context)
{
        bool directory = entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY, right = false;
        WCHAR *mark = fresh((wcslen(path) + wcslen(DIRECTORY_MARK) + 1) * sizeof(WCHAR));
        char *name = wire_narrow(path);
        int32_t result = 0;

        wcscpy(mark, path);
        if (directory || ends_with(path, DIRECTORY_MARK))
                wcscat(mark, directory ? DIRECTORY_MARK : L"");
        right = is_transport_file(mark);
        if (!right)
                result = refuse(context, WIN32_CODE(13), "%s is not of the transport form", name);
        free(mark);
        free(name);
        return result < 0 || !directory ? result : visit(path, check_one, context);
}

static int32_t check_transport(struct call *call, const char *folder)
{
        const char *files = arena_printf(&call->arena, "%s\\Files", folder), *hives = arena_printf(&call->arena, "%s\\Hives", folder);
        WCHAR *wide;
        int32_t result;

        if (!is_directory(folder))
                return refuse(call, WIN32_CODE(3), "%s is not there", folder);
        if (!is_directory(files) || !is_directory(hives))
                return refuse(call, INVALID_LAYER, "%s: a layer has Files and Hives", folder);
        wide = wire_wide(files);
        result = visit(wide, check_one, call);
        free(wide);
        return result;
}

static void make_file(struct call *call, const char *folder, const char *name, const char *content)
{
        FILE *file = fopen(arena_printf(&call->arena, "%s\\%s", folder, name), "wb");

        if (file) {
                fputs(content, file);
                fclose(file);
        }
}

/* What an export of a scratch holds that nobody wrote to. */
static int32_t make_transport(struct call *call, const char *folder)
{
        static const char *const hives[] = { "DefaultUser_Delta", "Sam_Delta", "Security_Delta", "Software_Delta", "System_Delta" };

        CreateDirectoryA(folder, NULL);
        CreateDirectoryA(arena_printf(&call->arena, "%s\\Files", folder), NULL);
        CreateDirectoryA(arena_printf(&call->arena, "%s\\Hives", folder), NULL);
        for (size_t i = 0; i < sizeof(hives) / sizeof(hives[0]); i++)
                make_file(call, folder, arena_printf(&call->arena, "Hives\\%s", hives[i]), "regf");
        make_file(call, folder, "tombstones.txt", "\xef\xbb\xbfVersion 1.0\r\n");
        return 0;
}

/* --- the calls ------------------------------------------------------------------------------------------------------------ */

static int32_t check_options(struct call *call, const char *text, const char *type, struct json_value **ret)
{
        const struct catalogue_rules rules = { 0 };
        struct text lines = { 0 };
        struct error err = { 0 };
        int32_t result = 0;

        if (json_parse(&call->arena, text, strlen(text), "options", ret, &err) < 0)
                return refuse(call, CODE_INVALID_JSON, "Invalid JSON document '$': %s", err.text);
        if (catalogue_check(*ret, type, &rules, &lines, NULL) > 0)
                result = refuse(call, CODE_INVALID_JSON, "Invalid JSON document '$': %s", lines.data ? lines.data : "");
        text_done(&lines);
        return result;
}

/* The volume of a scratch that was initialised, and that no filter covers: what is exported is the scratch, not the merged view.
 * (That a filter is refused is unverified: hcsshim takes it away first.) */
static int32_t check_scratch(struct call *call, const char *path, const char *initialised)
{
        struct thing *volume = NULL;
        int32_t result = volume_of(call, path, &volume);

        if (result < 0)
                return refuse(call, result, "%s is no volume of an attached disk", path);
        if (!volume->document || strcmp(volume->document, initialised) != 0)
                return refuse(call, INVALID_LAYER, "there is no such layer on %s", path);
        if (thing_find(call->service, "filter", volume->name))
                return refuse(call, WIN32_CODE(0x20), "the filter still holds %s", path);
        return 0;
}

static int32_t export_to(struct call *call, const char *from, const char *folder)
{
        if (is_there(folder) && !is_empty(folder))
                return refuse(call, WIN32_CODE(0x91), "%s holds something", folder);
        return from && is_directory(from) ? copy_tree(from, folder) : make_transport(call, folder);
}

static const char *change(struct call *call)
{
        return arena_printf(&call->arena, "%s\\change", call->service->directory);
}

static int32_t export_layer(struct call *call)
{
        struct json_value *options = NULL;
        int32_t result = check_options(call, call->texts[3], "ExportLayerOptions", &options);

        if (result >= 0)
                result = layers_check(call);
        if (result < 0)
                return result;
        if (truth_of(options, "IsWritableLayer")) {
                result = check_scratch(call, call->texts[0], "initialised");
                return result < 0 ? result : export_to(call, change(call), call->texts[1]);
        }
        if (!thing_find(call->service, "layer", call->texts[0]))
                return refuse(call, is_there(call->texts[0]) ? INVALID_LAYER : WIN32_CODE(3), "%s is no layer that was imported", call->texts[0]);
        return export_to(call, call->texts[0], call->texts[1]);
}

static int32_t import_layer(struct call *call)
{
        const char *layer = call->texts[0];
        int32_t result = layers_check(call);

        if (result >= 0)
                result = check_transport(call, call->texts[1]);
        if (result >= 0 && thing_find(call->service, "layer", layer))
                result = refuse(call, WIN32_CODE(0xB7), "%s is a layer already", layer);
        if (result >= 0 && is_there(layer) && !is_empty(layer))
                result = refuse(call, WIN32_CODE(0x91), "%s holds something", layer);
        if (result < 0)
                return result;
        result = copy_tree(call->texts[1], layer);
        if (result >= 0)
                thing_add(call->service, "layer", layer, NULL);
        return result;
}

static int32_t destroy_layer(struct call *call)
{
        const char *path = call->texts[0];
        struct thing *layer = thing_find(call->service, "layer", path);

        if (!*path || path[strlen(path) - 1] == '\\')
                return WIN32_CODE(0x7B);
        if (!is_directory(path))
                return WIN32_CODE(3);
        for (const struct thing *thing = call->service->things; thing; thing = thing->next)
                if (strcmp(thing->kind, "filter") == 0 && strstr(thing->document, arena_printf(&call->arena, "|%s|", path)))
                        return refuse(call, WIN32_CODE(0x20), "a filter holds %s", path);
        if (layer)
                thing_drop(call->service, layer);
        return remove_tree(path);
}

/* --- legacy scratches: a folder, beside a volume that shows it ------------------------------------------------------------ */

static int32_t initialize_legacy(struct call *call)
{
        struct thing *volume = NULL;
        int32_t result = layers_check(call);

        if (result >= 0)
                result = volume_of(call, call->texts[0], &volume);
        if (result < 0)
                return result;
        if (!is_directory(call->texts[1]))
                return refuse(call, WIN32_CODE(3), "%s is not there", call->texts[1]);
        if (volume->document)
                return refuse(call, WIN32_CODE(0xB7), "there is a layer on %s already", call->texts[0]);
        volume->document = copy("legacy");
        return disk_write_magic(volume->of, "vhdxlega") ? 0 : WIN32_CODE(5);
}

static int32_t export_legacy(struct call *call)
{
        int32_t result = layers_check(call);

        if (result >= 0)
                result = check_scratch(call, call->texts[0], "legacy");
        if (result >= 0 && !is_directory(call->texts[1]))
                result = refuse(call, WIN32_CODE(3), "%s is not there", call->texts[1]);
        return result < 0 ? result : export_to(call, change(call), call->texts[2]);
}

/* --- base layers ---------------------------------------------------------------------------------------------------------- */

/* The layer has the files of a system, and nothing yet of what this call makes. */
static int32_t check_base(struct call *call, const char *layer)
{
        static const char *const made[] = { "Hives", "Layout" };

        if (!is_directory(arena_printf(&call->arena, "%s\\Files", layer)))
                return refuse(call, WIN32_CODE(3), "%s\\Files is not there", layer);
        for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
                if (is_there(arena_printf(&call->arena, "%s\\%s", layer, made[i])))
                        return refuse(call, WIN32_CODE(0xB7), "%s\\%s is there already", layer, made[i]);
        return 0;
}

static int32_t setup_base(struct call *call)
{
        const char *layer = call->texts[0], *disk = call->texts[2], *type = string_of(call->document, "Type");
        bool machine = type && strcmp(type, "Vm") == 0;
        int32_t result = check_base(call, layer);

        if (result < 0)
                return result;
        if (machine ? !disk : disk != NULL)
                return refuse(call, E_INVALIDARG, "a disk goes with the type Vm, and with that alone");
        if (machine && !disk_is_attached(call, disk))
                return refuse(call, (int32_t)0xC03A001C, "%s is not attached", disk);
        if (!machine)
                CreateDirectoryA(arena_printf(&call->arena, "%s\\Hives", layer), NULL);
        make_file(call, layer, "Layout", machine ? "vm" : "container");
        return 0;
}

static int32_t setup_volume(struct call *call)
{
        struct thing *volume = NULL;
        int32_t result = check_base(call, call->texts[0]);

        if (result >= 0)
                result = volume_of(call, call->texts[1], &volume);
        if (result >= 0)
                make_file(call, call->texts[0], "Layout", "volume");
        return result;
}

const struct verb layer_verbs[] = {
        { "HcsImportLayer", 2, "LayerData", true, import_layer },
        { "HcsExportLayer", 2, "LayerData", true, export_layer },
        { "HcsDestroyLayer", -1, NULL, false, destroy_layer },
        { "HcsInitializeLegacyWritableLayer", 2, "LayerData", true, initialize_legacy },
        { "HcsExportLegacyWritableLayer", 3, "LayerData", true, export_legacy },
        { "HcsSetupBaseOSLayer", 1, "OsLayerOptions", true, setup_base },
        { "HcsSetupBaseOSVolume", 2, "OsLayerOptions", true, setup_volume },
        { NULL, -1, NULL, false, NULL },
};
