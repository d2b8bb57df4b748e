/* Compute systems: the states of hcs-api.md section 9, and their codes. */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wine/guest.h"

#define SERVICE_TABLE "VirtualMachine/Devices/HvSocket/HvSocketConfig/ServiceTable/"

const char *state_name(enum system_state state)
{
        static const char *const names[] = { "Created", "Running", "Paused", "Stopped" };

        return names[state];
}

struct system *system_find(struct service *service, const char *id)
{
        struct system *system = service->systems;

        while (system && (system->state == STOPPED || _stricmp(system->id, id) != 0))
                system = system->next;
        return system;
}

/* With a machine go those whom it hosts. */
void system_end(struct service *service, struct system *system, bool forced)
{
        if (system->state == STOPPED)
                return;
        for (struct system *other = system->machine ? service->systems : NULL; other; other = other->next)
                if (other->host && _stricmp(other->host, system->id) == 0)
                        system_end(service, other, true);
        system->state = STOPPED;
        system->forced = forced;
        TerminateJobObject(system->job, (UINT)CODE_TERMINATED);
        for (struct process *process = system->processes; process; process = process->next)
                process_done(process);
        SetEvent(system->exited);
}

/* The volume has to be there and to show the merged view; layers are directories. */
static int32_t check_storage(struct call *call, struct system *system, const struct json_value *container)
{
        const struct json_value *storage = json_get(container, "Storage");
        const struct json_value *layers = storage ? json_get(storage, "Layers") : NULL;
        const char *path = storage ? string_of(storage, "Path") : NULL;

        for (size_t i = 0; layers && i < layers->count; i++) {
                const char *layer = string_of(&layers->items[i], "Path");
                DWORD attributes = layer ? GetFileAttributesA(layer) : INVALID_FILE_ATTRIBUTES;

                if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY))
                        return refuse(call, WIN32_CODE(3), "$.Container.Storage.Layers[%u]: %s is not there", (unsigned)i, layer ? layer : "(no path)");
        }
        if (!path)
                return layers && layers->count ? refuse(call, WIN32_CODE(87), "$.Container.Storage.Path: layers without a volume") : 0;
        if (strncmp(path, "\\\\?\\Volume{", 11) != 0)
                return refuse(call, WIN32_CODE(0x1126), "$.Container.Storage.Path: %s is no volume", path);
        if (!thing_find(call->service, "filter", path))
                return refuse(call, WIN32_CODE(2), "$.Container.Storage.Path: no layer filter is attached to %s", path);
        system->volume = copy(path);
        return 0;
}

static void want_disk(struct system *system, const char *path)
{
        system->disks = realloc(system->disks, (system->disk_count + 1) * sizeof(char *));
        if (!system->disks)
                abort();
        system->disks[system->disk_count++] = copy(path);
}

/* The files of a machine's SCSI controllers and state files have to be there; they have to be granted when it starts. */
static int32_t want_disks(struct call *call, struct system *system, const struct json_value *machine)
{
        const struct json_value *devices = json_get(machine, "Devices"), *guest = json_get(machine, "GuestState");
        const struct json_value *scsi = devices ? json_get(devices, "Scsi") : NULL, *pmem = devices ? json_get(devices, "VirtualPMem") : NULL;
        const struct json_value *memory = pmem ? json_get(pmem, "Devices") : NULL;
        int32_t result;

        for (size_t i = 0; scsi && i < scsi->count; i++) {
                const struct json_value *attachments = json_get(&scsi->members[i].value, "Attachments");

                for (size_t j = 0; attachments && j < attachments->count; j++) {
                        const char *path = string_of(&attachments->members[j].value, "Path");

                        if (path)
                                want_disk(system, path);
                }
        }
        for (size_t i = 0; memory && i < memory->count; i++)
                if (string_of(&memory->members[i].value, "HostPath"))
                        want_disk(system, string_of(&memory->members[i].value, "HostPath"));
        if (guest && string_of(guest, "GuestStateFilePath"))
                want_disk(system, string_of(guest, "GuestStateFilePath"));
        for (size_t i = 0; i < system->disk_count; i++)
                if (GetFileAttributesA(system->disks[i]) == INVALID_FILE_ATTRIBUTES)
                        return refuse(call, WIN32_CODE(2), "%s is not there", system->disks[i]);
        result = guest_want_machine(call, system, machine);
        return result < 0 || system->linux_guest ? result : windows_want_machine(call, system, machine);
}

bool system_is_granted(struct service *service, const struct system *system, const char *path)
{
        for (const struct thing *thing = service->things; thing; thing = thing->next)
                if (strcmp(thing->kind, "grant") == 0 && _stricmp(thing->name, path) == 0 &&
                    (_stricmp(thing->of, system->id) == 0 || strcmp(thing->of, "*") == 0))
                        return true;
        return false;
}

static int32_t check_create(struct call *call, struct system *system)
{
        const struct json_value *container = json_get(call->document, "Container");
        const struct json_value *machine = json_get(call->document, "VirtualMachine");
        const char *host = string_of(call->document, "HostingSystemId");
        const struct json_value *hosted = json_get(call->document, "HostedSystem");
        const struct system *on;
        int32_t result;

        if (!json_get(call->document, "SchemaVersion"))
                return refuse(call, CODE_INVALID_JSON, "Invalid JSON document '$.SchemaVersion': it is missing");
        if (!!container + !!machine + !!hosted != 1)
                return refuse(call, CODE_INVALID_JSON, "Invalid JSON document '$': neither one Container nor one VirtualMachine nor one HostedSystem");
        system->machine = machine != NULL;
        result = network_want(call, container ? container : hosted ? json_get(hosted, "Container") : NULL, machine);
        if (result >= 0 && container)
                result = credential_want(call, container, NULL);
        if (result < 0)
                return result;
        if (hosted) {
                on = host ? system_find(call->service, host) : NULL;
                system->hosted = true;
                system->host = copy(host);
                if (!on || !on->machine)
                        return refuse(call, CODE_NOT_FOUND, "$.HostingSystemId: there is no machine %s", host ? host : "(no id)");
                if (on->state != RUNNING)
                        return refuse(call, CODE_INVALID_STATE, "the machine %s is %s", host, state_name(on->state));
                if (on->linux_guest != (json_get(hosted, "OciSpecification") != NULL))
                        return refuse(call, WIN32_CODE(87), "$.HostedSystem is for another guest than that of %s", host);
                if (on->linux_guest)
                        return guest_want_container(call, system, on, hosted);
                result = windows_want_container(call, system, on, json_get(hosted, "Container"));
                return result < 0 ? result : credential_want(call, json_get(hosted, "Container"), on);
        }
        return machine ? want_disks(call, system, machine) : check_storage(call, system, container);
}

/* A container's job can be opened by its name, outside of those that OpenJobObject finds. */
static HANDLE make_job(const struct system *system)
{
        typedef LONG (WINAPI *create_job)(HANDLE *, ACCESS_MASK, void *);
        create_job create_it = (create_job)(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtCreateJobObject");
        struct { USHORT length, size; WCHAR *text; } name = { 0, 0, NULL };
        struct { ULONG size; HANDLE root; void *name; ULONG flags; void *security, *quality; } attributes = { sizeof(attributes), NULL, &name, 0x80 | 0x40, NULL, NULL };
        char path[300];
        HANDLE job = NULL;

        if (system->machine || system->hosted)
                return CreateJobObjectW(NULL, NULL);
        snprintf(path, sizeof(path), "\\Container_%s", system->id);
        name.text = wire_wide(path);
        name.length = (USHORT)(wcslen(name.text) * sizeof(WCHAR));
        name.size = (USHORT)(name.length + sizeof(WCHAR));
        if (create_it(&job, JOB_OBJECT_ALL_ACCESS, &attributes) < 0)
                job = CreateJobObjectW(NULL, NULL);
        free(name.text);
        return job;
}

static int32_t create(struct call *call)
{
        struct service *service = call->service;
        struct system *system;
        int32_t result;

        if (system_find(service, call->texts[0]))
                return refuse(call, CODE_EXISTS, "there is a system %s already", call->texts[0]);
        system = fresh(sizeof(*system));
        system->id = copy(call->texts[0]);
        system->owner = copy(string_of(call->document, "Owner"));
        system->tied = truth_of(call->document, "ShouldTerminateOnLastHandleClosed");
        result = check_create(call, system);
        if (result < 0)
                return result;          /* the service is short-lived: what was begun is left */
        make_guid(system->runtime_id);
        system->job = make_job(system);
        system->exited = CreateEventW(NULL, TRUE, FALSE, NULL);
        system->next = service->systems;
        service->systems = system;
        call->reply.handle = handle_give(call, system, NULL);
        return 0;
}

static int32_t open_system(struct call *call)
{
        struct system *system = system_find(call->service, call->texts[0]);

        if (!system)
                return CODE_NOT_FOUND;
        call->reply.handle = handle_give(call, system, NULL);
        return 0;
}

static int32_t close_handle(struct call *call)
{
        struct handle *handle = handle_find(call->service, call->head.handle);

        if (!handle)
                return WIN32_CODE(6);
        handle_drop(call->service, handle);
        return 0;
}

/* The system of a call, in one of the states that the call wants (bits). */
static int32_t subject(struct call *call, unsigned states, struct system **ret)
{
        const struct handle *handle = handle_find(call->service, call->head.handle);

        if (!handle || handle->process)
                return refuse(call, WIN32_CODE(6), "%s: the handle is none of a system", call->head.call);
        if (handle->system->state == STOPPED && !(states & 1u << STOPPED))
                return refuse(call, CODE_STOPPED, "the system %s has stopped", handle->system->id);
        if (!(states & 1u << handle->system->state))
                return refuse(call, CODE_INVALID_STATE, "%s: the system %s is %s", call->head.call, handle->system->id,
                              state_name(handle->system->state));
        *ret = handle->system;
        return 0;
}

static int32_t start(struct call *call)
{
        struct system *system = NULL;
        int32_t result = subject(call, 1u << CREATED, &system);

        if (result < 0)
                return result;
        for (size_t i = 0; i < system->disk_count; i++)
                if (!system_is_granted(call->service, system, system->disks[i]))
                        return refuse(call, WIN32_CODE(5), "PowerOnCold: %s is not granted to %s", system->disks[i], system->id);
        system->state = RUNNING;
        system->was_started = true;
        return 0;
}

static int32_t end(struct call *call)
{
        struct system *system = NULL;
        bool forced = strcmp(call->head.call, "HcsTerminateComputeSystem") == 0;
        int32_t result = subject(call, forced ? 1u << CREATED | 1u << RUNNING | 1u << PAUSED : 1u << RUNNING, &system);

        if (result < 0)
                return result;
        system_end(call->service, system, forced);
        return 0;
}

typedef LONG (WINAPI *nt_on_process)(HANDLE process);

static void freeze(struct system *system, const char *function)
{
        nt_on_process on = (nt_on_process)(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), function);

        for (struct process *process = system->processes; process; process = process->next)
                if (process->process)
                        on(process->process);
}

static int32_t pause(struct call *call)
{
        struct system *system = NULL;
        bool resumes = strcmp(call->head.call, "HcsResumeComputeSystem") == 0;
        int32_t result = subject(call, resumes ? 1u << PAUSED : 1u << RUNNING, &system);

        if (result < 0)
                return result;
        freeze(system, resumes ? "NtResumeProcess" : "NtSuspendProcess");
        system->state = resumes ? RUNNING : PAUSED;
        return 0;
}

static int32_t save(struct call *call)
{
        struct system *system = NULL;

        return subject(call, 1u << PAUSED, &system);
}

/* Without a RequestType it is an Add. */
static bool takes_away(const struct json_value *request)
{
        const char *type = string_of(request, "RequestType");

        return type && strcmp(type, "Add") != 0;
}

static int32_t modify(struct call *call)
{
        const struct json_value *settings = json_get(call->document, "Settings");
        const char *path = string_of(call->document, "ResourcePath"), *file = settings ? string_of(settings, "Path") : NULL;
        struct system *system = NULL;
        int32_t result = subject(call, 1u << CREATED | 1u << RUNNING, &system);

        if (result < 0)
                return result;
        if (path && strncmp(path, "VirtualMachine/Devices/Scsi/", 28) == 0 && file && !takes_away(call->document)) {
                if (GetFileAttributesA(file) == INVALID_FILE_ATTRIBUTES)
                        return refuse(call, WIN32_CODE(2), "%s is not there", file);
                if (!system_is_granted(call->service, system, file))
                        return refuse(call, WIN32_CODE(5), "%s is not granted to %s", file, system->id);
        }
        if (path && strncmp(path, "VirtualMachine/", 15) == 0 && !system->machine)
                return refuse(call, WIN32_CODE(0x32), "%s: %s is no machine", path, system->id);
        if (path && strncmp(path, SERVICE_TABLE, sizeof(SERVICE_TABLE) - 1) == 0)
                system->socket = copy(path + sizeof(SERVICE_TABLE) - 1);
        if (!system->machine)
                return 0;
        return system->linux_guest ? guest_modify(call, system) : windows_modify(call, system);
}

static void describe(struct text *out, const struct system *system)
{
        text_add(out, "{\"Id\":");
        json_write_string(out, system->id);
        text_addf(out, ",\"SystemType\":\"%s\",\"State\":\"%s\",\"RuntimeId\":\"%s\",\"RuntimeOsType\":\"%s\"",
                  system->machine ? "VirtualMachine" : "Container", state_name(system->state), system->runtime_id,
                  system->linux_guest ? "Linux" : "Windows");
        if (system->owner) {
                text_add(out, ",\"Owner\":");
                json_write_string(out, system->owner);
        }
}

static void list_processes(struct text *out, const struct system *system)
{
        bool first = true;

        text_add(out, ",\"ProcessList\":[");
        for (const struct process *process = system->processes; process; process = process->next) {
                if (!process->process || WaitForSingleObject(process->process, 0) == WAIT_OBJECT_0)
                        continue;
                text_addf(out, "%s{\"ProcessId\":%u,\"ImageName\":", first ? "" : ",", (unsigned)process->id);
                json_write_string(out, process->command);
                text_add_char(out, '}');
                first = false;
        }
        text_add(out, "]");
}

static int32_t properties(struct call *call)
{
        const struct json_value *types = call->document ? json_get(call->document, "PropertyTypes") : NULL;
        struct system *system = NULL;
        int32_t result = subject(call, 0xf, &system);

        if (result < 0)
                return result;
        describe(&call->answer, system);
        for (size_t i = 0; types && i < types->count; i++) {
                if (strcmp(types->items[i].text, "ProcessList") != 0)
                        return (int32_t)E_NOTIMPL;      /* rather than figures that nothing stands behind */
                list_processes(&call->answer, system);
        }
        text_add(&call->answer, "}");
        return 0;
}

static int32_t enumerate(struct call *call)
{
        const struct json_value *ids = call->document ? json_get(call->document, "Ids") : NULL;
        bool first = true;

        text_add(&call->answer, "[");
        for (const struct system *system = call->service->systems; system; system = system->next) {
                bool wanted = !ids || ids->count == 0;

                for (size_t i = 0; !wanted && i < ids->count; i++)
                        wanted = _stricmp(ids->items[i].text, system->id) == 0;
                if (system->state == STOPPED || !wanted)
                        continue;
                text_add(&call->answer, first ? "" : ",");
                describe(&call->answer, system);
                text_add(&call->answer, "}");
                first = false;
        }
        text_add(&call->answer, "]");
        return 0;
}

static int32_t wait_exit(struct call *call)
{
        struct system *system = NULL;
        int32_t result = subject(call, 0xf, &system);

        if (result < 0)
                return result;
        if (!wait_unlocked(call->service, system->exited, call->head.number))
                return CODE_TIMEOUT;
        text_addf(&call->answer, "{\"Status\":0,\"ExitType\":\"%s\"}", system->forced ? "ForcedExit" : "GracefulExit");
        return 0;
}

static int32_t service_properties(struct call *call)
{
        const struct json_value *types = call->document ? json_get(call->document, "PropertyTypes") : NULL;

        text_add(&call->answer, "{\"Properties\":[");
        for (size_t i = 0; types && i < types->count; i++) {
                text_add(&call->answer, i ? "," : "");
                if (strcmp(types->items[i].text, "Basic") == 0)
                        text_add(&call->answer, "{\"SupportedSchemaVersions\":[{\"Major\":1,\"Minor\":0},{\"Major\":2,\"Minor\":7}]}");
                else if (strcmp(types->items[i].text, "ContainerCredentialGuard") == 0)
                        credential_list(call->service, &call->answer);
                else
                        text_add(&call->answer, "{}");
        }
        text_add(&call->answer, "]}");
        return 0;
}

const struct verb system_verbs[] = {
        { "HcsCreateComputeSystem", 1, "ComputeSystem", true, create },
        { "HcsOpenComputeSystem", -1, NULL, false, open_system },
        { "HcsCloseComputeSystem", -1, NULL, false, close_handle },
        { "HcsCloseProcess", -1, NULL, false, close_handle },
        { "HcsStartComputeSystem", 0, NULL, false, start },
        { "HcsShutDownComputeSystem", 0, "ShutdownOptions", false, end },
        { "HcsTerminateComputeSystem", -1, NULL, false, end },
        { "HcsPauseComputeSystem", 0, "PauseOptions", false, pause },
        { "HcsResumeComputeSystem", -1, NULL, false, pause },
        { "HcsSaveComputeSystem", 0, "SaveOptions", false, save },
        { "HcsModifyComputeSystem", 0, "ModifySettingRequest", true, modify },
        { "HcsGetComputeSystemProperties", 0, "System_PropertyQuery", false, properties },
        { "HcsEnumerateComputeSystems", 0, "SystemQuery", false, enumerate },
        { "HcsWaitForComputeSystemExit", -1, NULL, false, wait_exit },
        { "WatchSystem", -1, NULL, false, wait_exit },
        { "HcsGetServiceProperties", 0, "Service_PropertyQuery", false, service_properties },
        { "HcsModifyServiceSettings", 0, "ModificationRequest", true, credential_modify },
        { NULL, -1, NULL, false, NULL },
};
