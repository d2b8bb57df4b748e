/* What of the host a Windows machine sees by VSMB, and what by SCSI and pipes. */
#include <string.h>

#include "hcs/base/text.h"
#include "oci/windows/machine.h"
#include "oci/windows/mounts.h"
#include "oci/windows/path.h"

/* ShareRead, CacheIo and TakeBackupPrivilege on a folder that is written to are refused (0x80070057). */
void share_options(const struct plan *plan, enum share_use use, struct win_smb_share_options *ret)
{
        const bool read = use != SHARE_WRITE;

        *ret = (struct win_smb_share_options){
                .read_only = read, .share_read = read, .cache_io = read, .pseudo_oplocks = read,
                .take_backup_privilege = use == SHARE_LAYER, .no_directmap = plan->no_directmap,
        };
}

/* A share and what it points at, in one piece. */
struct plan_share { struct win_smb_share share; struct win_smb_share_options options; bool restricted; };

static struct plan_share *find(struct plan *plan, const char *path, bool read_only, bool restricted)
{
        for (size_t i = 0; i < plan->shares.count; i++) {
                struct plan_share *share = plan->shares.items[i];

                if (winpath_equal(share->share.path, path) && share->options.read_only == read_only &&
                    share->restricted == restricted)
                        return share;
        }
        return NULL;
}

/* Files of another computer can't be mapped into a machine by these builds (hcs-documents.md section 5.3).  A drive's letter
 * doesn't tell that it is one; a path that names the computer does. */
static bool is_remote(const struct plan *plan, const char *path)
{
        return plan->facts->build >= 18362 && plan->facts->build <= 19042 && winpath_starts_with(path, "\\\\") &&
               !winpath_starts_with(path, "\\\\?\\");
}

static struct plan_share *add(struct plan *plan, const char *path, enum share_use use, bool restricted)
{
        struct plan_share *share = plan_alloc(plan, 1, sizeof(*share));
        struct win_modify_request *request = share ? plan_modify(plan) : NULL;

        if (!request)
                return NULL;
        if (!plan->shares.items)        /* layers are not looked for again, so mounts are all */
                plan->shares.items = plan_alloc(plan, plan->config->spec.mounts.count + 1, sizeof(*plan->shares.items));
        if (!plan->shares.items)
                return NULL;
        share_options(plan, use, &share->options);
        share->options.no_directmap = share->options.no_directmap || is_remote(plan, path);
        share->restricted = restricted;
        share->options.restrict_file_access = restricted;
        share->options.single_file_mapping = restricted;
        share->share = (struct win_smb_share){
                .name = plan_text(plan, "%s%x", plan->share_prefix ? plan->share_prefix : "s", ++plan->next_share), .path = path,
                .options = &share->options,
        };
        *request = (struct win_modify_request){
                .resource_path = "VirtualMachine/Devices/VirtualSmb/Shares", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_smb_share_fields, .object = &share->share },
        };
        if (use != SHARE_LAYER)
                plan->shares.items[plan->shares.count++] = share;
        return share;
}

/* One file: its folder is shared, and nothing else of it is let through. */
static int share_file(struct plan *plan, const char *path, bool read_only, const char **ret_inside)
{
        const char *parent = winpath_parent(plan->arena, path), *name = winpath_name(path);
        struct plan_share *share = parent ? find(plan, parent, read_only, true) : NULL;
        struct strings *files;

        if (!parent)
                return plan_memory(plan);
        if (!share)
                share = add(plan, parent, read_only ? SHARE_READ : SHARE_WRITE, true);
        if (!share)
                return plan->err->code;
        files = &share->share.allowed_files;
        if (!files->items)
                files->items = plan_alloc(plan, plan->config->spec.mounts.count + 1, sizeof(*files->items));
        if (!files->items)
                return plan->err->code;
        *ret_inside = plan_text(plan, GUEST_SHARES "%s\\%s", share->share.name, name);
        for (size_t i = 0; i < files->count; i++)
                if (winpath_equal(files->items[i], name))
                        return 0;
        files->items[files->count++] = name;
        return 0;
}

int machine_share(struct plan *plan, const char *path, bool read_only, const char **ret_inside)
{
        struct plan_share *share;

        if (oci_facts_is_file(plan->facts, path))
                return share_file(plan, path, read_only, ret_inside);
        share = find(plan, path, read_only, false);
        if (!share)
                share = add(plan, path, read_only ? SHARE_READ : SHARE_WRITE, false);
        if (!share)
                return plan->err->code;
        *ret_inside = plan_text(plan, GUEST_SHARES "%s", share->share.name);
        return 0;
}

int machine_layer(struct plan *plan, const char *path, const char **ret_inside)
{
        struct plan_share *share = add(plan, path, SHARE_LAYER, false);

        if (!share)
                return plan->err->code;
        *ret_inside = plan_text(plan, GUEST_SHARES "%s", share->share.name);
        return 0;
}

/* --- disks -------------------------------------------------------------------------------------------------------- */

/* "evd://TYPE/DISK" */
static int extensible(struct plan *plan, const char *source, struct win_attachment *attachment)
{
        const char *type = source + strlen("evd://"), *slash = strchr(type, '/');

        if (!slash || slash == type || !slash[1])
                return error_set(plan->err, E_INVALID_DATA, "mounts: found the disk \"%.200s\"; expected \"evd://TYPE/DISK\"", source);
        attachment->type = WIN_ATTACH_EXTENSIBLE;
        attachment->extensible_virtual_disk_type = arena_copy_n(plan->arena, type, (size_t)(slash - type));
        attachment->path = slash + 1;
        return attachment->extensible_virtual_disk_type ? 0 : plan_memory(plan);
}

int machine_attachment(struct plan *plan, const struct spec_mount *mount, struct win_attachment *attachment)
{
        attachment->read_only = mount_is_read_only(mount);
        if (text_equal(mount->type, "extensible-virtual-disk"))
                return extensible(plan, mount->source, attachment);
        attachment->type = text_equal(mount->type, "physical-disk") ? WIN_ATTACH_PASS_THRU : WIN_ATTACH_VIRTUAL_DISK;
        attachment->path = mount->source;
        return attachment->type == WIN_ATTACH_VIRTUAL_DISK ? machine_grant(plan, mount->source) : 0;
}

/* The guest mounts it below C:\mounts; from there the container gets it as it gets a folder. */
int machine_mount_disk(struct plan *plan, struct win_attachment *attachment, const char **ret_inside)
{
        struct { struct win_guest_request guest; struct win_mapped_virtual_disk disk; } *parts = plan_alloc(plan, 1, sizeof(*parts));
        uint32_t lun = 0;

        if (!parts || machine_attach(plan, attachment, &lun, &parts->guest) < 0)
                return plan->err->code;
        parts->disk.container_path = plan_text(plan, "c:\\mounts\\scsi\\m%u", lun - 1);  /* LUN 0 is what the guest booted with */
        parts->disk.lun = (uint8_t)lun;
        parts->guest = (struct win_guest_request){
                .resource_type = "MappedVirtualDisk", .request_type = WIN_REQUEST_ADD,
                .settings = { .fields = win_mapped_virtual_disk_fields, .object = &parts->disk },
        };
        *ret_inside = parts->disk.container_path;
        return 0;
}

int machine_disk(struct plan *plan, const struct spec_mount *mount, const char **ret_inside)
{
        struct win_attachment *attachment = plan_alloc(plan, 1, sizeof(*attachment));

        if (!attachment || machine_attachment(plan, mount, attachment) < 0)
                return plan->err->code;
        return machine_mount_disk(plan, attachment, ret_inside);
}

/* --- pipes -------------------------------------------------------------------------------------------------------- */

/* What may not stand in a ResourcePath is escaped as in an address; that HCS reads it so is unverified. */
static const char *escaped(struct plan *plan, const char *pipe)
{
        _cleanup_(text_done) struct text out = { 0 };

        for (; *pipe; pipe++)
                if (*pipe == '/' || *pipe == '%')
                        text_addf(&out, "%%%02X", (unsigned char)*pipe);
                else
                        text_add_char(&out, *pipe);
        if (!out.failed)
                return plan_text(plan, "%s", out.data ? out.data : "");
        (void)plan_memory(plan);
        return "";
}

int machine_pipe(struct plan *plan, const char *pipe, const char **ret_inside)
{
        struct win_modify_request *request = plan_modify(plan);

        if (!request)
                return plan->err->code;
        *request = (struct win_modify_request){
                .resource_path = plan_text(plan, "VirtualMachine/Devices/MappedPipes/%s", escaped(plan, pipe)),
                .request_type = WIN_REQUEST_ADD,
        };
        *ret_inside = plan_text(plan, GUEST_SHARES "IPC$\\%s", winpath_pipe_name(pipe));
        return 0;
}
