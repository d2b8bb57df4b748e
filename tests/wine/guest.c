/* What the agent of a Linux machine would know and refuse: what was attached to its machine, where that is mounted inside, the
 * containers' specifications.  Instead of the program that a specification names, a program of Windows runs: the file "linux" of
 * the service's directory says which (README.md). */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wine/guest.h"

#define AGENT_MOUNTS "/run/"            /* what the agent itself mounts is below */

struct part *part_find(const struct system *machine, const char *kind, const char *name)
{
        struct part *part = machine->parts;

        while (part && (strcmp(part->kind, kind) != 0 || strcmp(part->name, name) != 0))
                part = part->next;
        return part;
}

struct part *part_add(struct system *machine, const char *kind, const char *name, const char *of)
{
        struct part *part = fresh(sizeof(*part));

        *part = (struct part){ .next = machine->parts, .kind = kind, .name = copy(name), .of = copy(of) };
        machine->parts = part;
        return part;
}

void part_drop(struct system *machine, struct part *part)
{
        struct part **at = &machine->parts;

        while (*at != part)
                at = &(*at)->next;
        *at = part->next;
        free(part->name);
        free(part->of);
        free(part);
}

static bool exists(const char *path)
{
        return path && GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

/* Signals are numbers there. */
const char *guest_type(const struct call *call, const char *type)
{
        const struct handle *handle = handle_find(call->service, call->head.handle);
        bool linux_guest = handle && handle->system->linux_guest;

        return linux_guest && type && strcmp(type, "SignalProcessOptions") == 0 ? "LinuxSignal" : type;
}

const char *guest_number(const struct json_value *object, const char *name)
{
        const struct json_value *value = object ? json_get(object, name) : NULL;

        return value && value->type == JSON_NUMBER ? value->text : "0";
}

/* --- the machine ---------------------------------------------------------------------------------------------------------- */

static int32_t want_boot(struct call *call, struct system *machine, const struct json_value *chipset)
{
        const struct json_value *kernel = json_get(chipset, "LinuxKernelDirect"), *uefi = json_get(chipset, "Uefi");
        const struct json_value *entry = uefi ? json_get(uefi, "BootThis") : NULL;
        const char *const files[] = { kernel ? string_of(kernel, "KernelFilePath") : NULL, kernel ? string_of(kernel, "InitRdPath") : NULL };
        char path[MAX_PATH];

        if (entry && string_of(entry, "DevicePath") && strcmp(string_of(entry, "DevicePath"), "\\kernel") == 0) {
                machine->linux_guest = true;
                snprintf(path, sizeof(path), "%s\\kernel", string_of(entry, "VmbFsRootPath"));
                return exists(path) ? 0 : refuse(call, WIN32_CODE(2), "%s is not there", path);
        }
        machine->linux_guest = kernel != NULL;
        for (size_t i = 0; kernel && i < 2; i++)
                if (files[i] && !exists(files[i]))
                        return refuse(call, WIN32_CODE(2), "%s is not there", files[i]);
        if (kernel && !files[0])
                return refuse(call, WIN32_CODE(87), "$.VirtualMachine.Chipset.LinuxKernelDirect.KernelFilePath is missing");
        return 0;
}

int32_t guest_want_machine(struct call *call, struct system *machine, const struct json_value *document)
{
        const struct json_value *chipset = json_get(document, "Chipset"), *devices = json_get(document, "Devices");
        const struct json_value *pmem = devices ? json_get(devices, "VirtualPMem") : NULL, *scsi = devices ? json_get(devices, "Scsi") : NULL;
        const struct json_value *present = pmem ? json_get(pmem, "Devices") : NULL;
        int32_t result = chipset ? want_boot(call, machine, chipset) : 0;

        machine->has_agent = json_get(document, "GuestConnection") != NULL;
        machine->has_plan9 = devices && json_get(devices, "Plan9");
        machine->pmem_count = pmem ? (unsigned)atoi(guest_number(pmem, "MaximumCount")) : 0;
        for (size_t i = 0; result >= 0 && present && i < present->count; i++) {
                const char *path = string_of(&present->members[i].value, "HostPath");

                if (!exists(path))
                        return refuse(call, WIN32_CODE(2), "$.VirtualMachine.Devices.VirtualPMem: %s is not there", path ? path : "(no path)");
                part_add(machine, "pmem", present->members[i].name, path);
        }
        for (size_t i = 0; result >= 0 && scsi && i < scsi->count; i++) {
                const struct json_value *attachments = json_get(&scsi->members[i].value, "Attachments");

                for (size_t j = 0; attachments && j < attachments->count; j++)
                        part_add(machine, "scsi", attachments->members[j].name, "");
        }
        return result;
}

/* --- requests: the machine's half ----------------------------------------------------------------------------------------- */

int32_t guest_attach(struct call *call, struct system *machine, const char *kind, const char *name, const char *path)
{
        if (part_find(machine, kind, name))
                return refuse(call, WIN32_CODE(0xB7), "%s %s is in use", kind, name);
        if (!exists(path))
                return refuse(call, WIN32_CODE(2), "%s is not there", path ? path : "(no path)");
        part_add(machine, kind, name, path);
        return 0;
}

int32_t guest_attach_disk(struct call *call, struct system *machine, const char *name, const struct json_value *settings)
{
        const char *path = string_of(settings, "Path");

        for (const struct system *other = call->service->systems; path && other; other = other->next)
                for (const struct part *part = other->state == STOPPED ? NULL : other->parts; part; part = part->next)
                        if (strcmp(part->kind, "scsi") == 0 && _stricmp(part->of, path) == 0 && !truth_of(settings, "ReadOnly"))
                                return refuse(call, WIN32_CODE(0x20), "%s is the disk of %s", path, other->id);
        return guest_attach(call, machine, "scsi", name, path);
}

static int32_t attach_pmem(struct call *call, struct system *machine, const char *name, const struct json_value *settings)
{
        const char *path = string_of(settings, "HostPath");

        if ((unsigned)atoi(name) >= machine->pmem_count)
                return refuse(call, WIN32_CODE(87), "persistent memory %s of %u", name, machine->pmem_count);
        if (path && !system_is_granted(call->service, machine, path))
                return refuse(call, WIN32_CODE(5), "%s is not granted to %s", path, machine->id);
        return guest_attach(call, machine, "pmem", name, path);
}

static int32_t attach_share(struct call *call, struct system *machine, const struct json_value *settings)
{
        const struct json_value *files = json_get(settings, "AllowedFiles");
        const char *name = string_of(settings, "Name"), *path = string_of(settings, "Path");
        char file[MAX_PATH];

        if (!machine->has_plan9)
                return refuse(call, WIN32_CODE(0x32), "%s was made without Devices.Plan9: it takes no shares", machine->id);
        for (size_t i = 0; files && i < files->count; i++) {
                snprintf(file, sizeof(file), "%s\\%s", path, files->items[i].text);
                if (!exists(file))
                        return refuse(call, WIN32_CODE(2), "%s is not there", file);
        }
        return guest_attach(call, machine, "share", name ? name : "", path);
}

static int32_t modify_machine(struct call *call, struct system *machine, const char *path)
{
        static const char pmem[] = "VirtualMachine/Devices/VirtualPMem/Devices/", scsi[] = "VirtualMachine/Devices/Scsi/";
        const struct json_value *settings = json_get(call->document, "Settings");

        if (settings && strncmp(path, pmem, sizeof(pmem) - 1) == 0)
                return attach_pmem(call, machine, path + sizeof(pmem) - 1, settings);
        if (settings && strncmp(path, scsi, sizeof(scsi) - 1) == 0)
                return guest_attach_disk(call, machine, strrchr(path, '/') + 1, settings);
        if (settings && strcmp(path, "VirtualMachine/Devices/Plan9/Shares") == 0)
                return attach_share(call, machine, settings);
        return 0;
}

/* --- requests: the guest's half ------------------------------------------------------------------------------------------- */

static int32_t mount(struct call *call, struct system *machine, const char *kind, const char *name, const struct json_value *settings)
{
        const char *at = string_of(settings, "MountPath");

        if (!at || at[0] != '/')
                return refuse(call, WIN32_CODE(87), "the guest: MountPath is no path of Linux");
        if (part_find(machine, "place", at))
                return refuse(call, WIN32_CODE(0xB7), "the guest: something is mounted at %s", at);
        if (!part_find(machine, kind, name))
                return refuse(call, WIN32_CODE(2), "the guest: there is no %s %s", kind, name);
        part_add(machine, "place", at, kind);
        return 0;
}

/* Is this path inside at, or below, a place? */
static const struct part *place_of(const struct system *machine, const char *path)
{
        for (const struct part *part = machine->parts; part; part = part->next) {
                size_t length = strlen(part->name);

                if (strcmp(part->kind, "place") == 0 && strncmp(part->name, path, length) == 0 && (!path[length] || path[length] == '/'))
                        return part;
        }
        return NULL;
}

static int32_t combine(struct call *call, struct system *machine, const struct json_value *settings)
{
        const struct json_value *layers = json_get(settings, "Layers");
        const char *root = string_of(settings, "ContainerRootPath"), *scratch = string_of(settings, "ScratchPath");

        if (!root || !string_of(settings, "ContainerID") || !layers || !layers->count)
                return refuse(call, WIN32_CODE(87), "the guest: layers without a container, a root or a layer");
        for (size_t i = 0; i < layers->count; i++) {
                const char *layer = string_of(&layers->items[i], "Path");

                if (!layer || !part_find(machine, "place", layer))
                        return refuse(call, WIN32_CODE(2), "the guest: no layer is mounted at %s", layer ? layer : "(no path)");
        }
        if (scratch && !place_of(machine, scratch))
                return refuse(call, WIN32_CODE(2), "the guest: nothing is mounted for the scratch %s", scratch);
        part_add(machine, "place", root, scratch ? scratch : "");
        return 0;
}

static int32_t modify_guest(struct call *call, struct system *machine, const struct json_value *request)
{
        const struct json_value *settings = json_get(request, "Settings");
        const char *type = string_of(request, "ResourceType");

        if (!machine->has_agent || machine->state != RUNNING)
                return refuse(call, CODE(0x10A), "nobody in %s listens", machine->id);  /* HCS_E_CONNECTION_CLOSED */
        if (!type || !settings)
                return refuse(call, WIN32_CODE(87), "the guest: a request without a type or settings");
        if (strcmp(type, "VPMemDevice") == 0)
                return mount(call, machine, "pmem", guest_number(settings, "DeviceNumber"), settings);
        if (strcmp(type, "MappedVirtualDisk") == 0)
                return mount(call, machine, "scsi", guest_number(settings, "Lun"), settings);
        if (strcmp(type, "MappedDirectory") == 0)
                return mount(call, machine, "share", string_of(settings, "ShareName") ? string_of(settings, "ShareName") : "", settings);
        if (strcmp(type, "CombinedLayers") == 0)
                return combine(call, machine, settings);
        if (strcmp(type, "Network") == 0 || strcmp(type, "VPCIDevice") == 0)
                return 0;
        return refuse(call, WIN32_CODE(87), "the guest: it knows no %s", type);
}

int32_t guest_modify(struct call *call, struct system *machine)
{
        const struct json_value *guest = json_get(call->document, "GuestRequest");
        const char *path = string_of(call->document, "ResourcePath");
        int32_t result = path ? modify_machine(call, machine, path) : 0;

        return result >= 0 && guest ? modify_guest(call, machine, guest) : result;
}

/* --- containers ----------------------------------------------------------------------------------------------------------- */

static int32_t check_mounts(struct call *call, const struct system *machine, const struct json_value *mounts)
{
        for (size_t i = 0; mounts && i < mounts->count; i++) {
                const char *source = string_of(&mounts->items[i], "source"), *to = string_of(&mounts->items[i], "destination");

                if (!to || to[0] != '/')
                        return refuse(call, WIN32_CODE(87), "the guest: mounts[%u] leads to no path of Linux", (unsigned)i);
                if (source && strchr(source, '\\'))
                        return refuse(call, WIN32_CODE(87), "the guest: mounts[%u] comes from a path of Windows: %s", (unsigned)i, source);
                if (source && strncmp(source, AGENT_MOUNTS, strlen(AGENT_MOUNTS)) == 0 && !place_of(machine, source))
                        return refuse(call, WIN32_CODE(2), "the guest: mounts[%u]: nothing is mounted at %s", (unsigned)i, source);
        }
        return 0;
}

int32_t guest_want_container(struct call *call, struct system *system, const struct system *machine, const struct json_value *hosted)
{
        const struct json_value *spec = json_get(hosted, "OciSpecification"), *root = spec ? json_get(spec, "root") : NULL;
        const char *bundle = string_of(hosted, "OciBundlePath"), *scratch = string_of(hosted, "ScratchDirPath");
        const struct part *place = root && string_of(root, "path") ? part_find(machine, "place", string_of(root, "path")) : NULL;
        char wanted[300];

        system->linux_guest = true;
        if (!spec || !json_get(spec, "process") || !json_get(spec, "linux"))    /* the agent looks into both without asking */
                return refuse(call, WIN32_CODE(87), "the guest: OciSpecification has no process or no linux");
        snprintf(wanted, sizeof(wanted), "/run/gcs/c/%s", system->id);
        if (!bundle || strcmp(bundle, wanted) != 0)
                return refuse(call, WIN32_CODE(87), "the guest: OciBundlePath is %s, not %s", bundle ? bundle : "missing", wanted);
        if (!place)
                return refuse(call, WIN32_CODE(2), "the guest: no layers were combined for root.path");
        if (!scratch || strcmp(scratch, place->of) != 0)
                return refuse(call, WIN32_CODE(87), "the guest: ScratchDirPath is not that of the root");
        {
                struct text process = { 0 };
                struct error err = { 0 };

                json_write_value(&process, json_get(spec, "process"));
                text_take(&process, &system->first_process, &err);
        }
        return check_mounts(call, machine, json_get(spec, "mounts"));
}

/* --- processes ------------------------------------------------------------------------------------------------------------ */

/* "PATH COMMAND" lines of the file "linux".  Caller's, or NULL: the guest has no such program. */
static char *program_of(const struct service *service, const char *path)
{
        char name[MAX_PATH], line[1024], *result = NULL;
        FILE *file;

        snprintf(name, sizeof(name), "%s\\linux", service->directory);
        file = fopen(name, "r");
        while (file && !result && fgets(line, sizeof(line), file)) {
                char *space = strchr(line, ' ');

                line[strcspn(line, "\r\n")] = '\0';
                if (!space)
                        continue;
                *space = '\0';
                if (strcmp(line, path) == 0)
                        result = copy(space + 1);
        }
        if (file)
                fclose(file);
        return result;
}

static int32_t command_of(struct call *call, const struct json_value *args, char **ret)
{
        char *program = args && args->count ? program_of(call->service, args->items[0].text) : NULL;
        struct text line = { 0 };
        struct error err = { 0 };

        if (!program)
                return refuse(call, WIN32_CODE(2), "the guest: exec: \"%s\": no such file", args && args->count ? args->items[0].text : "");
        text_add(&line, program);
        free(program);
        for (size_t i = 1; i < args->count; i++) {
                const char *quote = strchr(args->items[i].text, ' ') ? "\"" : "";

                text_addf(&line, " %s%s%s", quote, args->items[i].text, quote);
        }
        text_take(&line, ret, &err);
        return 0;
}

/* The first process is the specification's and comes without one of its own; a further one brings it along. */
int32_t guest_process(struct call *call, struct process *process, const struct json_value **ret_environment)
{
        struct system *system = process->system;
        const struct json_value *given = json_get(call->document, "OciProcess"), *terminal;
        struct json_value *own = NULL;
        struct error err = { 0 };

        if (json_get(call->document, "CommandLine") || json_get(call->document, "Environment") || json_get(call->document, "WorkingDirectory"))
                return refuse(call, WIN32_CODE(87), "the guest: it takes OciProcess, and no command line of Windows");
        if (!given && system->was_run)
                return refuse(call, CODE_INVALID_STATE, "the guest: the first process of %s was started already", system->id);
        if (!given && json_parse(&call->arena, system->first_process, strlen(system->first_process), "process", &own, &err) < 0)
                return refuse(call, CODE_INVALID_JSON, "%s", err.text);
        system->was_run = system->was_run || !given;
        given = given ? given : own;
        terminal = json_get(given, "terminal");
        process->emulates_console = terminal && terminal->type == JSON_BOOLEAN && terminal->boolean;
        *ret_environment = json_get(given, "env");
        return command_of(call, json_get(given, "args"), &process->command);
}
