/* What the agent of a Windows machine would know and refuse: the shares and disks of its machine, where they are seen inside, which of them
 * were combined to the root of a container (hcs-documents.md sections 5.2 and 5.3).  What is in use is not taken away. */
#include <windows.h>

#include <stdio.h>
#include <string.h>

#include "tests/wine/guest.h"

#define SHARES "\\\\?\\VMSMB\\VSMB-{dcc079ae-60ba-4d07-847c-3493609c0870}\\"
#define DISKS  "VirtualMachine/Devices/Scsi/"

#define ALREADY_THERE WIN32_CODE(0xB7)
#define NOT_THERE     WIN32_CODE(0x490)
#define IN_USE        WIN32_CODE(0x20)

/* --- shares ---------------------------------------------------------------------------------------------------------------- */

static int32_t check_options(struct call *call, const char *name, const struct json_value *options)
{
        static const char *const refused[] = { "ShareRead", "CacheIo", "TakeBackupPrivilege" };

        for (size_t i = 0; options && !truth_of(options, "ReadOnly") && i < 3; i++)
                if (truth_of(options, refused[i]))
                        return refuse(call, WIN32_CODE(87), "the share %s is written to, and wants %s", name, refused[i]);
        return 0;
}

static int32_t add_share(struct call *call, struct system *machine, const struct json_value *share)
{
        const struct json_value *options = json_get(share, "Options");
        const char *name = string_of(share, "Name");
        int32_t result = name ? check_options(call, name, options) : refuse(call, WIN32_CODE(87), "a share without a name");

        if (result >= 0)
                result = guest_attach(call, machine, "share", name, string_of(share, "Path"));
        if (result >= 0)
                part_find(machine, "share", name)->mapped = !options || !truth_of(options, "NoDirectmap");
        return result;
}

/* The name of the share that a path inside begins with is in it; NULL: it is no such path. */
static struct part *share_of(const struct system *machine, const char *path, bool *ret_is_share)
{
        const size_t length = strlen(SHARES);

        *ret_is_share = path && strncmp(path, SHARES, length) == 0;
        for (struct part *part = *ret_is_share ? machine->parts : NULL; part; part = part->next) {
                const size_t name = strlen(part->name);

                if (strcmp(part->kind, "share") == 0 && strncmp(path + length, part->name, name) == 0 &&
                    (!path[length + name] || path[length + name] == '\\'))
                        return part;
        }
        return NULL;
}

/* Who stands on a share or a disk: the layers of a root, by "NAME NAME ", and the root itself. */
static const struct part *root_on(const struct system *machine, const struct part *under)
{
        char wanted[300];

        snprintf(wanted, sizeof(wanted), " %s ", under->name);
        for (const struct part *part = machine->parts; part; part = part->next)
                if (strcmp(part->kind, "root") == 0 && (strcmp(part->name, under->name) == 0 || strstr(part->of, wanted)))
                        return part;
        return NULL;
}

static int32_t remove_share(struct call *call, struct system *machine, const struct json_value *settings)
{
        const char *name = settings ? string_of(settings, "Name") : NULL;
        struct part *share = name ? part_find(machine, "share", name) : NULL;

        if (!share)
                return refuse(call, NOT_THERE, "there is no share %s", name ? name : "(no name)");
        if (share->mapped)
                return refuse(call, WIN32_CODE(0x32), "the guest's memory is mapped to the share %s: it stays", name);
        if (root_on(machine, share))
                return refuse(call, IN_USE, "the share %s is a layer of %s", name, root_on(machine, share)->name);
        part_drop(machine, share);
        return 0;
}

/* --- disks ----------------------------------------------------------------------------------------------------------------- */

static int32_t remove_disk(struct call *call, struct system *machine, const char *lun)
{
        struct part *disk = part_find(machine, "scsi", lun);

        if (!disk)
                return refuse(call, NOT_THERE, "there is no disk at %s", lun);
        for (const struct part *part = machine->parts; part; part = part->next)
                if (strcmp(part->kind, "place") == 0 && strcmp(part->of, lun) == 0)
                        return refuse(call, IN_USE, "the disk at %s is mounted inside at %s", lun, part->name);
        part_drop(machine, disk);
        return 0;
}

static int32_t mount_disk(struct call *call, struct system *machine, bool adds, const struct json_value *disk)
{
        const char *lun = guest_number(disk, "Lun"), *at = string_of(disk, "ContainerPath");
        struct part *place = at ? part_find(machine, "place", at) : NULL;

        if (!at || at[1] != ':')
                return refuse(call, WIN32_CODE(87), "the guest: ContainerPath is no path of Windows");
        if (!adds) {
                if (!place || strcmp(place->of, lun) != 0)
                        return refuse(call, NOT_THERE, "the guest: the disk at %s is not mounted at %s", lun, at);
                if (root_on(machine, place))
                        return refuse(call, IN_USE, "the guest: layers are combined at %s", at);
                part_drop(machine, place);
                return 0;
        }
        if (place)
                return refuse(call, ALREADY_THERE, "the guest: something is mounted at %s", at);
        if (!part_find(machine, "scsi", lun))
                return refuse(call, WIN32_CODE(2), "the guest: there is no disk at %s", lun);
        part_add(machine, "place", at, lun);
        return 0;
}

/* --- layers ---------------------------------------------------------------------------------------------------------------- */

static bool is_lived_in(const struct call *call, const struct system *machine, const char *root)
{
        for (const struct system *system = call->service->systems; system; system = system->next)
                if (system->state != STOPPED && system->host && _stricmp(system->host, machine->id) == 0 && system->volume &&
                    _stricmp(system->volume, root) == 0)
                        return true;
        return false;
}

static int32_t combine(struct call *call, struct system *machine, bool adds, const struct json_value *settings)
{
        const struct json_value *layers = json_get(settings, "Layers");
        const char *at = string_of(settings, "ContainerRootPath");
        struct part *root = at ? part_find(machine, "root", at) : NULL;
        char names[2000] = " ";

        if (!at)
                return refuse(call, WIN32_CODE(87), "the guest: layers without a ContainerRootPath");
        if (!adds) {
                if (!root)
                        return refuse(call, NOT_THERE, "the guest: no layers are combined at %s", at);
                if (is_lived_in(call, machine, at))
                        return refuse(call, IN_USE, "the guest: a container lives at %s", at);
                part_drop(machine, root);
                return 0;
        }
        if (root)
                return refuse(call, ALREADY_THERE, "the guest: layers are combined at %s", at);
        if (!layers || !layers->count || !part_find(machine, "place", at))
                return refuse(call, WIN32_CODE(87), "the guest: no layers, or no disk at %s", at);
        for (size_t i = 0; i < layers->count; i++) {
                const char *path = string_of(&layers->items[i], "Path");
                bool is_share;
                const struct part *share = share_of(machine, path, &is_share);

                if (!share)
                        return refuse(call, WIN32_CODE(3), "the guest: the layer %s is in no share", path ? path : "(no path)");
                strncat(names, share->name, sizeof(names) - strlen(names) - 2);
                strcat(names, " ");
        }
        part_add(machine, "root", at, names);
        return 0;
}

/* --- requests --------------------------------------------------------------------------------------------------------------- */

static int32_t modify_guest(struct call *call, struct system *machine, const struct json_value *request)
{
        const struct json_value *settings = json_get(request, "Settings");
        const char *type = string_of(request, "ResourceType"), *how = string_of(request, "RequestType");
        const bool adds = !how || strcmp(how, "Add") == 0;

        if (!machine->has_agent || machine->state != RUNNING)
                return refuse(call, CODE(0x10A), "nobody in %s listens", machine->id);  /* HCS_E_CONNECTION_CLOSED */
        if (!type || !settings)
                return refuse(call, WIN32_CODE(87), "the guest: a request without a type or settings");
        if (strcmp(type, "MappedVirtualDisk") == 0)
                return mount_disk(call, machine, adds, settings);
        return strcmp(type, "CombinedLayers") == 0 ? combine(call, machine, adds, settings) : 0;
}

static int32_t modify_host(struct call *call, struct system *machine, const char *path, bool adds)
{
        const struct json_value *settings = json_get(call->document, "Settings");

        if (strcmp(path, "VirtualMachine/Devices/VirtualSmb/Shares") == 0)
                return !adds ? remove_share(call, machine, settings) : settings ? add_share(call, machine, settings) :
                       refuse(call, WIN32_CODE(87), "a share without settings");
        if (strncmp(path, DISKS, strlen(DISKS)) == 0)
                return !adds ? remove_disk(call, machine, strrchr(path, '/') + 1) : settings ?
                       guest_attach_disk(call, machine, strrchr(path, '/') + 1, settings) : refuse(call, WIN32_CODE(87), "a disk without settings");
        return 0;
}

/* What comes goes through the host first, and what goes through the guest. */
int32_t windows_modify(struct call *call, struct system *machine)
{
        const struct json_value *guest = json_get(call->document, "GuestRequest");
        const char *path = string_of(call->document, "ResourcePath"), *how = string_of(call->document, "RequestType");
        const bool adds = !how || strcmp(how, "Remove") != 0;
        int32_t result = path && adds ? modify_host(call, machine, path, true) : 0;

        if (result >= 0 && guest)
                result = modify_guest(call, machine, guest);
        return result >= 0 && path && !adds ? modify_host(call, machine, path, false) : result;
}

/* --- documents --------------------------------------------------------------------------------------------------------------- */

int32_t windows_want_machine(struct call *call, struct system *machine, const struct json_value *document)
{
        const struct json_value *devices = json_get(document, "Devices"), *smb = devices ? json_get(devices, "VirtualSmb") : NULL;
        const struct json_value *shares = smb ? json_get(smb, "Shares") : NULL;
        int32_t result = 0;

        for (size_t i = 0; result >= 0 && shares && i < shares->count; i++)
                result = add_share(call, machine, &shares->items[i]);
        return result;
}

int32_t windows_want_container(struct call *call, struct system *system, const struct system *machine, const struct json_value *container)
{
        const struct json_value *storage = json_get(container, "Storage"), *folders = json_get(container, "MappedDirectories");
        const char *root = storage ? string_of(storage, "Path") : NULL;

        if (!root || !part_find(machine, "root", root))
                return refuse(call, WIN32_CODE(2), "the guest: no layers were combined at %s", root ? root : "(no Storage.Path)");
        if (is_lived_in(call, machine, root))
                return refuse(call, IN_USE, "the guest: a container lives at %s", root);
        for (size_t i = 0; folders && i < folders->count; i++) {
                bool is_share;
                const char *path = string_of(&folders->items[i], "HostPath");

                if (!share_of(machine, path, &is_share) && is_share)
                        return refuse(call, WIN32_CODE(3), "the guest: %s is in no share", path);
        }
        system->volume = copy(root);
        return 0;
}
