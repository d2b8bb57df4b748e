#include "src/lib/windows/disk-call.h"

#include <stddef.h>
#include <stdlib.h>

#include "hcs/client/operation.h"

/* CREATE_VIRTUAL_DISK_PARAMETERS, version 2, as Windows reads it: mingw-w64 10 lacks the physical sector's size, and with it
 * every later member lies eight bytes too low (hcs-api.md section 5.1). */
struct create_disk {
        DWORD version;
        GUID unique_id;
        ULONGLONG maximum_size;
        ULONG block_size, sector_size, physical_sector_size;
        PCWSTR parent_path, source_path;
        ULONG open_flags;
        VIRTUAL_STORAGE_TYPE parent_type, source_type;
        GUID resiliency_guid;
};
_Static_assert(sizeof(struct create_disk) == 128, "CREATE_VIRTUAL_DISK_PARAMETERS");
_Static_assert(offsetof(struct create_disk, parent_path) == 48, "CREATE_VIRTUAL_DISK_PARAMETERS");

static void call_free(struct disk_call *call)
{
        if (call->result)
                call->api.LocalFree(call->result);
        free(call->path);
        free(call->other);
        free(call);
}

void disk_call_endp(struct disk_call **call)
{
        if (*call)
                call_free(*call);
}

static void make(struct hcs_bounded *bounded)
{
        struct disk_call *call = (struct disk_call *)bounded;

        call->code = call->run(call);
}

/* The handle of the disk, borrowed or made, was left to it; a mount goes with the handle. */
static void end(struct hcs_bounded *bounded)
{
        struct disk_call *call = (struct disk_call *)bounded;

        if (call->disk)
                CloseHandle(call->disk);
        call_free(call);
}

int disk_call_new(const struct hcs_client *client, HRESULT (*run)(struct disk_call *call), const char *path, const char *other,
                  struct disk_call **ret, struct error *err)
{
        _cleanup_(disk_call_endp) struct disk_call *call = calloc(1, sizeof(*call));

        if (!call)
                return error_memory(err);
        call->bounded = (struct hcs_bounded){ .make = make, .end = end };
        call->api = *client->api;
        call->run = run;
        if (hcs_widen(path, "a path", &call->path, err) < 0 || hcs_widen(other, "a path", &call->other, err) < 0)
                return err->code;
        *ret = take_ptr(call);
        return 0;
}

int disk_call_make(const struct hcs_client *client, const char *name, const char *what, struct disk_call **call, struct error *err)
{
        int r = hcs_bounded_make(client, what ? what : "-", name, HCS_LONG_MS, &(*call)->bounded, err);

        if (r == HCS_E_OPERATION_TIMEOUT)
                *call = NULL;
        return r;
}

/* --- the disk ------------------------------------------------------------------------------------------------------------ */

HRESULT disk_call_create(struct disk_call *call)
{
        struct create_disk wanted = { .version = 2, .maximum_size = call->maximum_size, .block_size = call->block_size,
                                      .parent_path = call->other };
        VIRTUAL_STORAGE_TYPE type = { 0 };      /* by the name's ending */

        return (HRESULT)call->api.CreateVirtualDisk(&type, call->path, VIRTUAL_DISK_ACCESS_NONE, NULL, CREATE_VIRTUAL_DISK_FLAG_NONE, 0,
                                                    (CREATE_VIRTUAL_DISK_PARAMETERS *)(void *)&wanted, NULL, &call->disk);
}

HRESULT disk_call_open(struct disk_call *call)
{
        OPEN_VIRTUAL_DISK_PARAMETERS parameters = { .Version = OPEN_VIRTUAL_DISK_VERSION_2 };
        VIRTUAL_STORAGE_TYPE type = { 0 };

        return (HRESULT)call->api.OpenVirtualDisk(&type, call->path, VIRTUAL_DISK_ACCESS_NONE, OPEN_VIRTUAL_DISK_FLAG_NONE, &parameters,
                                                  &call->disk);
}

HRESULT disk_call_format(struct disk_call *call)
{
        return call->api.FormatWritableLayerVhd(call->disk);
}

HRESULT disk_call_attach(struct disk_call *call)
{
        ATTACH_VIRTUAL_DISK_PARAMETERS parameters = { .Version = ATTACH_VIRTUAL_DISK_VERSION_1 };
        ATTACH_VIRTUAL_DISK_FLAG flags = call->no_drive_letter ? ATTACH_VIRTUAL_DISK_FLAG_NO_DRIVE_LETTER :
                                         ATTACH_VIRTUAL_DISK_FLAG_NONE;

        return (HRESULT)call->api.AttachVirtualDisk(call->disk, NULL, flags, 0, &parameters, NULL);
}

HRESULT disk_call_mount_path(struct disk_call *call)
{
        return call->api.GetLayerVhdMountPath(call->disk, &call->result);
}

HRESULT disk_call_detach(struct disk_call *call)
{
        return (HRESULT)call->api.DetachVirtualDisk(call->disk, DETACH_VIRTUAL_DISK_FLAG_NONE, 0);
}

/* --- layers -------------------------------------------------------------------------------------------------------------- */

HRESULT disk_call_initialize(struct disk_call *call)
{
        return call->api.InitializeWritableLayer(call->path, call->other, NULL);
}

HRESULT disk_call_attach_filter(struct disk_call *call)
{
        return call->api.AttachLayerStorageFilter(call->path, call->other);
}

HRESULT disk_call_detach_filter(struct disk_call *call)
{
        return call->api.DetachLayerStorageFilter(call->path);
}

/* --- machines ------------------------------------------------------------------------------------------------------------ */

HRESULT disk_call_grant(struct disk_call *call)
{
        return call->api.GrantVmAccess(call->path, call->other);
}

HRESULT disk_call_grant_group(struct disk_call *call)
{
        return call->api.GrantVmGroupAccess(call->path);
}

HRESULT disk_call_revoke(struct disk_call *call)
{
        return call->api.RevokeVmAccess(call->path, call->other);
}

HRESULT disk_call_guest_state(struct disk_call *call)
{
        return call->api.CreateEmptyGuestStateFile(call->path);
}

HRESULT disk_call_runtime_state(struct disk_call *call)
{
        return call->api.CreateEmptyRuntimeStateFile(call->path);
}
