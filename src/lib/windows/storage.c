#include "src/lib/windows/storage.h"

#include <stdlib.h>
#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "hcs/client/operation.h"
#include "hcs/host/host.h"
#include "src/lib/windows/disk-call.h"
#include "src/lib/windows/plan.h"

#define READY_TRIES 100                 /* a disk that was just attached has no volume yet: 100 times 50 ms */
#define READY_MS    50
#define HELD_TRIES  100                 /* how long a file that somebody holds is waited for: 100 times 20 ms */
#define HELD_MS     20

static int widen(const char *path, char16_t **ret, struct error *err)
{
        return hcs_widen(path, "a path", ret, err);
}

/* How a call of the storage ended.  `code` is an HRESULT, or what virtdisk.dll says, which is 0, a Win32 error, or one of its own
 * facility, complete. */
static int told_as(const char *name, const struct storage *storage, const struct oci_storage_call *call, HRESULT code, struct error *err)
{
        const char *what = call->path ? call->path : storage->volume ? storage->volume : call->volume;

        if (code > 0)
                code = HRESULT_FROM_WIN32((DWORD)code);
        log_debug(&storage->host->log, "call=%s path=\"%s\" code=0x%08x", name, what ? what : "", (unsigned)code);
        if (code >= 0)
                return 0;
        (void)hcs_refused(&storage->host->client, name, code, NULL, err);
        return what ? error_wrap(err, "%s", what) : code;
}

static int told(const struct storage *storage, const struct oci_storage_call *call, HRESULT code, struct error *err)
{
        return told_as(call->call, storage, call, code, err);
}

static HRESULT last_error(BOOL worked)
{
        return worked ? S_OK : (HRESULT)HRESULT_FROM_WIN32(GetLastError());
}

/* --- files --------------------------------------------------------------------------------------------------------------- */

static int make_directory(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        if (io_make_directories(call->path, 0700, err) < 0)
                return err->code;
        return told(storage, call, S_OK, err);
}

static int copy_file(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *to = NULL, *from = NULL;

        if (widen(call->path, &to, err) < 0 || widen(call->source, &from, err) < 0)
                return err->code;
        return told(storage, call, last_error(CopyFileW(from, to, TRUE)), err);
}

/* What was a disk is let go a little after it was detached, or after whoever held it has died; and scanners look at every file. */
static int delete_file(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *path = NULL;

        if (widen(call->path, &path, err) < 0)
                return err->code;
        for (int tries = 0; ; tries++) {
                HRESULT code = last_error(DeleteFileW(path));

                if (code != (HRESULT)HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION) || tries == HELD_TRIES)
                        return told(storage, call, code, err);
                system_sleep_ms(HELD_MS);
        }
}

static int remove_directory(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *path = NULL;

        if (widen(call->path, &path, err) < 0)
                return err->code;
        return told(storage, call, last_error(RemoveDirectoryW(path)), err);
}

/* --- the disk ------------------------------------------------------------------------------------------------------------ */

static void close_disk(struct storage *storage)
{
        if (storage->disk)
                CloseHandle(take_ptr(storage->disk));
}

/* Makes a call, about the disk that is open or about none, and tells how it ended.  One that is given up keeps the disk. */
static int make_as(const char *name, struct storage *storage, const struct oci_storage_call *call, struct disk_call **wanted,
                   struct error *err)
{
        const char *what = call->path ? call->path : storage->volume ? storage->volume : call->volume;
        bool with_disk = storage->disk && (*wanted)->disk == storage->disk;
        int r = disk_call_make(&storage->host->client, name, what, wanted, err);

        if (!*wanted && with_disk)
                storage->disk = NULL;
        return r < 0 ? r : told_as(name, storage, call, (*wanted)->code, err);
}

static int make(struct storage *storage, const struct oci_storage_call *call, struct disk_call **wanted, struct error *err)
{
        return make_as(call->call, storage, call, wanted, err);
}

static int call_with_disk(struct storage *storage, const struct oci_storage_call *call, HRESULT (*run)(struct disk_call *),
                          struct disk_call **ret, struct error *err)
{
        int r = disk_call_new(&storage->host->client, run, NULL, NULL, ret, err);

        if (r < 0)
                return r;
        (*ret)->disk = storage->disk;
        for (size_t i = 0; i < call->flags.count; i++)
                if (strcmp(call->flags.items[i], "ATTACH_VIRTUAL_DISK_FLAG_NO_DRIVE_LETTER") == 0)
                        (*ret)->no_drive_letter = true;
        return 0;
}

/* One that needs nothing but the open disk. */
static int on_disk(struct storage *storage, const struct oci_storage_call *call, HRESULT (*run)(struct disk_call *), struct error *err)
{
        _cleanup_(disk_call_endp) struct disk_call *wanted = NULL;
        int r = call_with_disk(storage, call, run, &wanted, err);

        return r < 0 ? r : make(storage, call, &wanted, err);
}

/* One that needs one or two words. */
static int on_path(struct storage *storage, const struct oci_storage_call *call, HRESULT (*run)(struct disk_call *), const char *path,
                   const char *other, struct error *err)
{
        _cleanup_(disk_call_endp) struct disk_call *wanted = NULL;
        int r = disk_call_new(&storage->host->client, run, path, other, &wanted, err);

        return r < 0 ? r : make(storage, call, &wanted, err);
}

static int create_disk(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        _cleanup_(disk_call_endp) struct disk_call *wanted = NULL;
        int r = disk_call_new(&storage->host->client, disk_call_create, call->path, call->source, &wanted, err);

        if (r < 0)
                return r;
        wanted->maximum_size = call->maximum_size;
        wanted->block_size = call->block_size;
        r = make(storage, call, &wanted, err);
        if (r >= 0)
                CloseHandle(wanted->disk);
        return r;
}

/* One handle at a time: the disk of this storage. */
static int open_disk(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        _cleanup_(disk_call_endp) struct disk_call *wanted = NULL;
        int r;

        if (storage->disk)
                return 0;
        r = disk_call_new(&storage->host->client, disk_call_open, call->path, NULL, &wanted, err);
        if (r >= 0)
                r = make_as("OpenVirtualDisk", storage, call, &wanted, err);
        if (r >= 0)
                storage->disk = wanted->disk;
        return r;
}

/* The layer's file system, on a disk that is not mounted. */
static int format_disk(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        int r = open_disk(storage, call, err);

        if (r < 0)
                return r;
        r = on_disk(storage, call, disk_call_format, err);
        close_disk(storage);
        return r;
}

static int attach_disk(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        return on_disk(storage, call, disk_call_attach, err);
}

static int take_volume(struct storage *storage, PWSTR mounted, struct error *err)
{
        _cleanup_(free_charp) char *path = NULL;
        int r = hcs_take_result(&storage->host->client, mounted, &path, err);
        size_t length;

        if (r < 0)
                return r;
        length = path ? strlen(path) : 0;
        if (!length)
                return error_set(err, E_INVALID_DATA, "HcsGetLayerVhdMountPath gave no path");
        free(storage->volume);
        storage->volume = malloc(length + 2);
        if (!storage->volume)
                return error_memory(err);
        memcpy(storage->volume, path, length + 1);
        if (path[length - 1] != '\\')
                memcpy(storage->volume + length, "\\", 2);
        return 0;
}

static bool is_not_ready(HRESULT code)
{
        return code == (HRESULT)HRESULT_FROM_WIN32(ERROR_NOT_READY) || code == (HRESULT)HRESULT_FROM_WIN32(ERROR_DEVICE_NOT_CONNECTED);
}

static int find_volume(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        for (int tries = 0; ; tries++) {
                _cleanup_(disk_call_endp) struct disk_call *wanted = NULL;
                int r = call_with_disk(storage, call, disk_call_mount_path, &wanted, err);

                if (r >= 0)
                        r = make(storage, call, &wanted, err);
                if (r >= 0)
                        return take_volume(storage, take_ptr(wanted->result), err);
                if (!is_not_ready(r) || tries == READY_TRIES)
                        return r;
                system_sleep_ms(READY_MS);
        }
}

static int detach_disk(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        if (!storage->disk)             /* its handle went with whoever held it, and the mount with the handle */
                return 0;
        return on_disk(storage, call, disk_call_detach, err);
}

static int close_handle(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        close_disk(storage);
        return told(storage, call, S_OK, err);
}

/* --- layers -------------------------------------------------------------------------------------------------------------- */

/* The volume is known here only; documents that were composed before have another one in its place. */
static int on_layer(struct storage *storage, const struct oci_storage_call *call, HRESULT (*run)(struct disk_call *), struct error *err)
{
        _cleanup_(free_charp) char *document = NULL;
        int r = call->layer_data ? winplan_print(win_layer_data_fields, call->layer_data, &document, err) : 0;

        return r < 0 ? r : on_path(storage, call, run, storage->volume ? storage->volume : call->volume, document, err);
}

static int initialize_layer(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        return on_layer(storage, call, disk_call_initialize, err);
}

static int attach_filter(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        return on_layer(storage, call, disk_call_attach_filter, err);
}

static int detach_filter(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        return on_layer(storage, call, disk_call_detach_filter, err);
}

/* --- machines ------------------------------------------------------------------------------------------------------------ */

static int grant_access(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        return on_path(storage, call, disk_call_grant, call->vm_id, call->path, err);
}

static int revoke_access(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        return on_path(storage, call, disk_call_revoke, call->vm_id, call->path, err);
}

/* For all machines.  Since Windows 10 2004; before, each is granted for itself. */
static int grant_group(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        if (storage->host->client.api->GrantVmGroupAccess)
                return on_path(storage, call, disk_call_grant_group, call->path, NULL, err);
        log_warning(&storage->host->log, "%s: this Windows has no HcsGrantVmGroupAccess: machines of others may not read it", call->path);
        return 0;
}

static int state_file(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        bool guest = strcmp(call->call, "HcsCreateEmptyGuestStateFile") == 0;

        return on_path(storage, call, guest ? disk_call_guest_state : disk_call_runtime_state, call->path, NULL, err);
}

/* --- all of them --------------------------------------------------------------------------------------------------------- */

#define NO_MODULE HOST_MODULES

static const struct action {
        const char *call;
        enum host_module module;        /* that has to be there */
        int (*run)(struct storage *, const struct oci_storage_call *, struct error *);
        bool unmounts;
} actions[] = {
        { "CreateDirectory", NO_MODULE, make_directory, false },
        { "CreateVirtualDisk", HOST_DISKS, create_disk, false },
        { "HcsFormatWritableLayerVhd", HOST_STORAGE, format_disk, false },
        { "OpenVirtualDisk", HOST_DISKS, open_disk, false },
        { "AttachVirtualDisk", HOST_DISKS, attach_disk, false },
        { "HcsGetLayerVhdMountPath", HOST_STORAGE, find_volume, false },
        { "HcsInitializeWritableLayer", HOST_STORAGE, initialize_layer, false },
        { "HcsAttachLayerStorageFilter", HOST_STORAGE, attach_filter, false },
        { "CopyFile", NO_MODULE, copy_file, false },
        { "HcsGrantVmAccess", HOST_COMPUTE, grant_access, false },
        { "HcsGrantVmGroupAccess", HOST_COMPUTE, grant_group, false },
        { "HcsRevokeVmAccess", HOST_COMPUTE, revoke_access, false },
        { "HcsCreateEmptyGuestStateFile", HOST_COMPUTE, state_file, false },
        { "HcsCreateEmptyRuntimeStateFile", HOST_COMPUTE, state_file, false },
        { "HcsDetachLayerStorageFilter", HOST_STORAGE, detach_filter, true },
        { "DetachVirtualDisk", HOST_DISKS, detach_disk, true },
        { "CloseHandle", NO_MODULE, close_handle, true },
        { "DeleteFile", NO_MODULE, delete_file, false },
        { "RemoveDirectory", NO_MODULE, remove_directory, false },
};

static int find_action(const struct oci_storage_call *call, const struct action **ret, struct error *err)
{
        for (size_t i = 0; i < ARRAY_LENGTH(actions); i++)
                if (strcmp(actions[i].call, call->call) == 0) {
                        *ret = &actions[i];
                        return 0;
                }
        return error_set(err, E_NOT_SUPPORTED, "nobody here knows the call %s", call->call);
}

static int run(struct storage *storage, const struct oci_storage_call *call, const struct action *action, struct error *err)
{
        int r = action->module == NO_MODULE ? 0 : host_load(storage->host->engine, action->module, err);

        return r < 0 ? r : action->run(storage, call, err);
}

int storage_call(struct storage *storage, const struct oci_storage_call *call, struct error *err)
{
        const struct action *action = NULL;
        int r = find_action(call, &action, err);

        return r < 0 ? r : run(storage, call, action, err);
}

int storage_make(struct storage *storage, const struct oci_windows_documents *documents, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < documents->storage.count; i++) {
                const struct oci_storage_call *call = &documents->storage.items[i];

                if (call->phase != OCI_PHASE_CREATE)
                        continue;
                r = storage_call(storage, call, err);
        }
        return r < 0 ? error_wrap(err, "the scratch") : 0;
}

int storage_mount(struct storage *storage, const struct oci_windows_documents *documents, const struct win_layer_data **ret,
                  struct error *err)
{
        static const char *const mounting[] = { "OpenVirtualDisk", "AttachVirtualDisk", "HcsGetLayerVhdMountPath" };
        size_t made = 0;
        int r = 0;

        *ret = NULL;
        for (size_t i = 0; r >= 0 && i < documents->storage.count; i++) {
                const struct oci_storage_call *call = &documents->storage.items[i];

                if (call->phase == OCI_PHASE_CREATE && call->layer_data)
                        *ret = call->layer_data;
                if (call->phase != OCI_PHASE_CREATE || made == ARRAY_LENGTH(mounting) || strcmp(call->call, mounting[made]) != 0)
                        continue;
                made++;
                r = storage_call(storage, call, err);
        }
        if (r >= 0 && (made < ARRAY_LENGTH(mounting) || !*ret))
                return error_set(err, E_NOT_SUPPORTED, "it has no scratch of its own that this Windows could mount");
        return r < 0 ? error_wrap(err, "the scratch") : 0;
}

static bool is_gone(int code)
{
        return code == E_FILE_NOT_FOUND || code == E_NOT_FOUND || code == (int)HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND) ||
               code == (int)HRESULT_FROM_WIN32(ERROR_INVALID_NAME) || code == (int)HRESULT_FROM_WIN32(ERROR_NOT_A_REPARSE_POINT);
}

static int take_away(struct storage *storage, const struct oci_windows_documents *documents, bool unmount_only, struct error *err)
{
        int first = 0;

        for (size_t i = 0; i < documents->storage.count; i++) {
                const struct oci_storage_call *call = &documents->storage.items[i];
                const struct action *action = NULL;
                struct error failed = { 0 };
                int r;

                if (call->phase != OCI_PHASE_DELETE)
                        continue;
                r = find_action(call, &action, &failed);
                if (r >= 0 && (!unmount_only || action->unmounts))
                        r = run(storage, call, action, &failed);
                if (r < 0 && !is_gone(r) && first == 0) {
                        *err = failed;
                        first = error_wrap(err, "the scratch");
                }
        }
        return first;
}

int storage_unmount(struct storage *storage, const struct oci_windows_documents *documents, struct error *err)
{
        int r = take_away(storage, documents, true, err);

        free(take_ptr(storage->volume));
        return r;
}

int storage_unmake(struct storage *storage, const struct oci_windows_documents *documents, struct error *err)
{
        return take_away(storage, documents, false, err);
}

void storage_done(struct storage *storage)
{
        close_disk(storage);
        free(take_ptr(storage->volume));
}
