/* Grants, virtual disks and layers, in the order of hcs-documents.md section 4.4: a disk is made, formatted while nothing holds
 * it mounted, attached, and its volume is initialised before the filter comes; the filter goes before the disk is detached. */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wine/service.h"

#define VHD_INVALID_STATE ((int32_t)0xC03A001C)

static bool exists(const char *path)
{
        return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

static int32_t grant(struct call *call)
{
        if (!exists(call->texts[1]))
                return refuse(call, WIN32_CODE(2), "%s is not there", call->texts[1]);
        thing_add(call->service, "grant", call->texts[1], call->texts[0]);
        return 0;
}

static int32_t revoke(struct call *call)
{
        for (struct thing *thing = call->service->things; thing; thing = thing->next)
                if (strcmp(thing->kind, "grant") == 0 && _stricmp(thing->name, call->texts[1]) == 0 && _stricmp(thing->of, call->texts[0]) == 0) {
                        thing_drop(call->service, thing);
                        return 0;
                }
        return refuse(call, exists(call->texts[1]) ? WIN32_CODE(0x490) : WIN32_CODE(2), "%s is not granted to %s", call->texts[1], call->texts[0]);
}

static int32_t make_state_file(struct call *call)
{
        HANDLE file = CreateFileA(call->texts[0], GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);

        if (file == INVALID_HANDLE_VALUE)
                return refuse(call, WIN32_CODE(GetLastError()), "%s can't be made", call->texts[0]);
        CloseHandle(file);
        return 0;
}

/* The volume of an attached disk: its thing "attached" has the volume's path as its name and the file's as `of`. */
static struct thing *attached(struct service *service, const char *file)
{
        for (struct thing *thing = service->things; thing; thing = thing->next)
                if (strcmp(thing->kind, "attached") == 0 && _stricmp(thing->of, file) == 0)
                        return thing;
        return NULL;
}

/* What all machines may do with a file stands in the file's own list, and goes with it. */
static void grants_sweep(struct service *service)
{
        for (struct thing *thing = service->things, *next; thing; thing = next) {
                next = thing->next;
                if (strcmp(thing->kind, "grant") == 0 && strcmp(thing->of, "*") == 0 && !exists(thing->name))
                        thing_drop(service, thing);
        }
}

/* Nobody holds the file any more: the attachment has gone with the handle, and the filter with the volume. */
void disks_sweep(struct service *service)
{
        grants_sweep(service);
        for (struct thing *thing = service->things, *next; thing; thing = next) {
                HANDLE file;

                next = thing->next;
                if (strcmp(thing->kind, "attached") != 0 || thing->flag)
                        continue;
                file = CreateFileA(thing->of, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
                if (file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_SHARING_VIOLATION)
                        continue;
                if (file != INVALID_HANDLE_VALUE)
                        CloseHandle(file);
                if (thing_find(service, "filter", thing->name))
                        thing_drop(service, thing_find(service, "filter", thing->name));
                thing_drop(service, thing);
                next = service->things;
        }
}

/* What a disk is: the first bytes of its file.  "vhdxnew ": made; "vhdxntfs": formatted; "vhdxinit", "vhdxlega": with a layer. */
static bool read_magic(const char *path, char magic[9])
{
        FILE *file = fopen(path, "rb");
        bool read = file && fread(magic, 1, 8, file) == 8;

        magic[read ? 8 : 0] = '\0';
        if (file)
                fclose(file);
        return read;
}

bool disk_write_magic(const char *path, const char *magic)
{
        FILE *file = fopen(path, "r+b");
        bool written = file && fwrite(magic, 1, 8, file) == 8;

        if (file)
                written = fclose(file) == 0 && written;
        return written;
}

static const char *layer_on(const char *path)
{
        char magic[9] = "";

        read_magic(path, magic);
        return strcmp(magic, "vhdxinit") == 0 ? "initialised" : strcmp(magic, "vhdxlega") == 0 ? "legacy" : NULL;
}

static int32_t attach_disk(struct call *call)
{
        struct thing *thing;
        char volume[64], guid[40];

        if (attached(call->service, call->texts[0]))
                return (int32_t)0xC03A001E;     /* ERROR_VIRTDISK_DISK_ALREADY_OWNED */
        make_guid(guid);
        snprintf(volume, sizeof(volume), "\\\\?\\Volume{%s}\\", guid);
        thing = thing_add(call->service, "attached", volume, call->texts[0]);
        thing->client = call->head.client;
        thing->flag = call->head.number & 4;    /* PERMANENT_LIFETIME */
        if (layer_on(call->texts[0]))
                thing->document = copy(layer_on(call->texts[0]));
        return 0;
}

static int32_t detach_disk(struct call *call)
{
        struct thing *thing = attached(call->service, call->texts[0]);

        if (!thing)
                return VHD_INVALID_STATE;
        if (thing_find(call->service, "filter", thing->name))
                return WIN32_CODE(0x20);             /* the filter still holds the volume */
        thing_drop(call->service, thing);
        return 0;
}

static int32_t format(struct call *call)
{
        char magic[9] = "";

        if (attached(call->service, call->texts[0]))
                return VHD_INVALID_STATE;
        if (!read_magic(call->texts[0], magic))
                return WIN32_CODE(2);
        if (strcmp(magic, "vhdxnew ") != 0)
                return E_INVALIDARG;            /* formatted already */
        return disk_write_magic(call->texts[0], "vhdxntfs") ? 0 : WIN32_CODE(5);
}

static int32_t mount_path(struct call *call)
{
        struct thing *thing = attached(call->service, call->texts[0]);

        if (!thing)
                return WIN32_CODE(ERROR_NOT_READY);
        text_add_n(&call->answer, thing->name, strlen(thing->name) - 1);        /* without the backslash, as Windows gives it */
        return 0;
}

int32_t volume_of(struct call *call, const char *name, struct thing **ret)
{
        char path[300];

        snprintf(path, sizeof(path), "%s%s", name, *name && name[strlen(name) - 1] == '\\' ? "" : "\\");
        *ret = thing_find(call->service, "attached", path);
        return *ret ? 0 : WIN32_CODE(2);
}

bool disk_is_attached(const struct call *call, const char *file)
{
        return attached(call->service, file) != NULL;
}

int32_t layers_check(struct call *call)
{
        const struct json_value *layers = json_get(call->document, "Layers");

        for (size_t i = 0; layers && i < layers->count; i++) {
                const char *path = string_of(&layers->items[i], "Path");

                if (!path || !exists(path))
                        return WIN32_CODE(3);
        }
        return layers && layers->count ? 0 : E_INVALIDARG;
}

static int32_t initialize(struct call *call)
{
        struct thing *thing;
        char magic[9] = "";
        int32_t result = volume_of(call, call->texts[0], &thing);

        if (result < 0)
                return result;
        result = layers_check(call);
        if (result < 0)
                return result;
        read_magic(thing->of, magic);
        if (strcmp(magic, "vhdxntfs") != 0 && strcmp(magic, "vhdxinit") != 0)
                return WIN32_CODE(0x3ED);            /* ERROR_UNRECOGNIZED_VOLUME */
        thing->document = thing->document ? thing->document : copy("initialised");
        return disk_write_magic(thing->of, "vhdxinit") ? 0 : WIN32_CODE(5);
}

/* "|C:\\one|C:\\two|": a path has no bar. */
static char *paths_of(const struct call *call)
{
        const struct json_value *layers = json_get(call->document, "Layers");
        struct text paths = { 0 };

        text_add_char(&paths, '|');
        for (size_t i = 0; i < layers->count; i++)
                text_addf(&paths, "%s|", string_of(&layers->items[i], "Path"));
        return paths.data;
}

static int32_t attach_filter(struct call *call)
{
        struct thing *thing;
        int32_t result = volume_of(call, call->texts[0], &thing);

        if (result < 0)
                return result;
        result = layers_check(call);
        if (result < 0)
                return result;
        if (!thing->document)
                return CODE(0x112);             /* no layer yet on this volume */
        if (thing_find(call->service, "filter", thing->name))
                return WIN32_CODE(0x20);
        thing_add(call->service, "filter", thing->name, thing->of)->document = paths_of(call);
        return 0;
}

static int32_t detach_filter(struct call *call)
{
        struct thing *volume = NULL, *filter;
        int32_t result = volume_of(call, call->texts[0], &volume);

        if (result < 0)
                return result;
        filter = thing_find(call->service, "filter", volume->name);
        if (!filter)
                return WIN32_CODE(0x490);
        for (const struct system *system = call->service->systems; system; system = system->next)
                if (system->state != STOPPED && system->volume && _stricmp(system->volume, volume->name) == 0)
                        return WIN32_CODE(0x20);
        thing_drop(call->service, filter);
        return 0;
}

/* Whatever the disk's DLL does in its own process, here it is only recorded, and faults meet it. */
static int32_t note(struct call *call)
{
        (void)call;
        return 0;
}

const struct verb storage_verbs[] = {
        { "HcsGrantVmAccess", -1, NULL, false, grant },
        { "HcsRevokeVmAccess", -1, NULL, false, revoke },
        { "HcsGrantVmGroupAccess", -1, NULL, false, grant },
        { "HcsRevokeVmGroupAccess", -1, NULL, false, revoke },
        { "HcsCreateEmptyGuestStateFile", -1, NULL, false, make_state_file },
        { "HcsCreateEmptyRuntimeStateFile", -1, NULL, false, make_state_file },
        { "CreateVirtualDisk", -1, NULL, false, note },
        { "OpenVirtualDisk", -1, NULL, false, note },
        { "AttachVirtualDisk", -1, NULL, false, attach_disk },
        { "DetachVirtualDisk", -1, NULL, false, detach_disk },
        { "HcsFormatWritableLayerVhd", -1, NULL, false, format },
        { "HcsGetLayerVhdMountPath", -1, NULL, false, mount_path },
        { "HcsInitializeWritableLayer", 1, "LayerData", true, initialize },
        { "HcsAttachLayerStorageFilter", 1, "LayerData", true, attach_filter },
        { "HcsDetachLayerStorageFilter", -1, NULL, false, detach_filter },
        { NULL, -1, NULL, false, NULL },
};
