#include "src/lib/windows/base-layer.h"

#include "hcs/base/io.h"
#include "hcs/base/system.h"
#include "hcs/base/utf16.h"
#include "hcs/base/windows.h"
#include "src/lib/windows/layer-call.h"
#include "src/lib/windows/owner.h"
#include "src/lib/windows/place.h"
#include "src/lib/windows/storage.h"

#define MARK "hcs-sandbox.setup"
#define DISK_SIZE (20ull << 30)         /* as large as Windows' own scratches; it grows with what is written */
#define BLOCK_SIZE (1u << 20)

/* What is made, below the layer or its UtilityVM. */
static const char *const made_of_layer[] = { "Hives", "Layout", "blank.vhdx", "blank-base.vhdx" };
static const char *const made_of_machine[] = { "Hives", "Layout", "SystemTemplate.vhdx", "SystemTemplateBase.vhdx" };

struct setup { const struct base_layer *layer; struct arena arena; struct storage storage; };

static bool is_there(const char *path, bool directory)
{
        _cleanup_(free_utf16p) char16_t *wide = NULL;
        DWORD attributes;

        if (utf16_from_utf8(path, &wide, &(struct error){ 0 }) < 0)
                return false;
        attributes = GetFileAttributesW(wide);
        return attributes != INVALID_FILE_ATTRIBUTES && (!directory || (attributes & FILE_ATTRIBUTE_DIRECTORY));
}

int base_layer_look(struct base_layer *ret, struct arena *arena, const char *path, struct error *err)
{
        const char *files = arena_printf(arena, "%s\\Files", path), *utility_vm = arena_printf(arena, "%s\\UtilityVM", path);
        const char *boots = arena_printf(arena, "%s\\UtilityVM\\Files", path);

        if (!files || !utility_vm || !boots)
                return error_memory(err);
        if (is_there(path, true) && owner_check(path, err) < 0)        /* what is made there is deleted there, too, with our rights */
                return err->code;
        if (!is_there(files, true))
                return error_set(err, E_FILE_NOT_FOUND, "%s is not there: a base layer has the files of a Windows in it, as the lowest "
                                 "layer of an image has", files);
        if (is_there(utility_vm, false) && !is_there(boots, true))
                return error_set(err, E_FILE_NOT_FOUND, "%s is not there: a UtilityVM has the files of a Windows that boots in it", boots);
        *ret = (struct base_layer){ path, is_there(utility_vm, false) ? utility_vm : NULL };
        return 0;
}

/* --- one after the other -------------------------------------------------------------------------------------------------- */

static int call_with(struct setup *setup, const char *name, const char *path, const char *source, struct error *err)
{
        const struct oci_storage_call call = { .call = name, .path = path, .source = source, .maximum_size = source ? 0 : DISK_SIZE,
                                               .block_size = BLOCK_SIZE };

        return path ? storage_call(&setup->storage, &call, err) : error_memory(err);
}

static int call_on(struct setup *setup, const char *name, const char *path, struct error *err)
{
        return call_with(setup, name, path, NULL, err);
}

/* The child of a disk, and both for any machine to read. */
static int make_child(struct setup *setup, const char *parent, const char *child, struct error *err)
{
        int r = call_with(setup, "CreateVirtualDisk", child, parent, err);

        if (r >= 0)
                r = call_on(setup, "HcsGrantVmGroupAccess", parent, err);
        return r < 0 ? r : call_on(setup, "HcsGrantVmGroupAccess", child, err);
}

static int set_up_layer(struct setup *setup, struct error *err)
{
        const char *layer = setup->layer->path, *disk = arena_printf(&setup->arena, "%s\\blank-base.vhdx", layer);
        void *none = NULL;
        int r = call_on(setup, "CreateVirtualDisk", disk, err);

        if (r >= 0)
                r = call_on(setup, "HcsFormatWritableLayerVhd", disk, err);
        if (r >= 0)
                r = layer_call_set_up(setup->storage.host, layer, &none, WIN_OS_LAYER_CONTAINER, err);
        return r < 0 ? r : make_child(setup, disk, arena_printf(&setup->arena, "%s\\blank.vhdx", layer), err);
}

static int set_up_machine(struct setup *setup, struct error *err)
{
        const char *layer = setup->layer->utility_vm, *disk = arena_printf(&setup->arena, "%s\\SystemTemplateBase.vhdx", layer);
        int r = call_on(setup, "CreateVirtualDisk", disk, err);

        if (r >= 0)
                r = call_on(setup, "OpenVirtualDisk", disk, err);
        if (r >= 0)
                r = call_on(setup, "AttachVirtualDisk", disk, err);
        if (r >= 0)
                r = layer_call_set_up(setup->storage.host, layer, &setup->storage.disk, WIN_OS_LAYER_VM, err);
        if (r >= 0)
                r = call_on(setup, "DetachVirtualDisk", disk, err);
        if (r >= 0)
                r = call_on(setup, "CloseHandle", disk, err);
        return r < 0 ? r : make_child(setup, disk, arena_printf(&setup->arena, "%s\\SystemTemplate.vhdx", layer), err);
}

/* --- away with it --------------------------------------------------------------------------------------------------------- */

static int remove_made(struct setup *setup, const char *folder, const char *const *names, size_t count, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < count; i++) {
                const char *path = arena_printf(&setup->arena, "%s\\%s", folder, names[i]);

                if (!path)
                        return error_memory(err);
                if (!is_there(path, false))
                        continue;
                r = is_there(path, true) ? io_remove_tree(path, err) : call_on(setup, "DeleteFile", path, err);
        }
        return r;
}

/* A disk that is still open goes from the host with its handle. */
static int remove_all(struct setup *setup, struct error *err)
{
        const struct base_layer *layer = setup->layer;
        int r;

        storage_done(&setup->storage);
        r = remove_made(setup, layer->path, made_of_layer, ARRAY_LENGTH(made_of_layer), err);
        return r < 0 || !layer->utility_vm ? r :
               remove_made(setup, layer->utility_vm, made_of_machine, ARRAY_LENGTH(made_of_machine), err);
}

static const char *find_made(struct setup *setup, const char *folder, const char *const *names, size_t count)
{
        for (size_t i = 0; folder && i < count; i++) {
                const char *path = arena_printf(&setup->arena, "%s\\%s", folder, names[i]);

                if (path && is_there(path, false))
                        return path;
        }
        return NULL;
}

static int check_fresh(struct setup *setup, struct error *err)
{
        const char *found = find_made(setup, setup->layer->path, made_of_layer, ARRAY_LENGTH(made_of_layer));

        if (!found)
                found = find_made(setup, setup->layer->utility_vm, made_of_machine, ARRAY_LENGTH(made_of_machine));
        return found ? error_set(err, E_ALREADY_EXISTS, "%s is there: it is a base layer already; --again takes that away and makes it "
                                 "anew", found) : 0;
}

static int make(struct setup *setup, bool anew, struct error *err)
{
        int r = anew ? remove_all(setup, err) : 0;

        if (r >= 0)
                r = set_up_layer(setup, err);
        return r < 0 || !setup->layer->utility_vm ? r : set_up_machine(setup, err);
}

/* False: something is left, or may come yet, of a call that was given up. */
static bool undo(struct setup *setup, int failure)
{
        struct error failed = { 0 };
        int r = remove_all(setup, &failed);

        if (r < 0)
                log_warning(&setup->storage.host->log, "undoing what was made: %s; the next setup tries again", failed.text);
        return r >= 0 && failure != HCS_E_OPERATION_TIMEOUT;
}

/* The mark has a byte in it for as long as something is being made. */
static bool was_broken_off(HANDLE mark)
{
        LARGE_INTEGER size = { .QuadPart = 0 };

        return GetFileSizeEx(mark, &size) && size.QuadPart > 0;
}

static int write_mark(HANDLE mark, struct error *err)
{
        DWORD written;

        return WriteFile(mark, "\n", 1, &written, NULL) && FlushFileBuffers(mark) ? 0 : system_error(err, GetLastError(), "writing " MARK);
}

static void clear_mark(HANDLE mark)
{
        if (SetFilePointer(mark, 0, NULL, FILE_BEGIN) == 0)
                (void)SetEndOfFile(mark);
}

static int set_up_locked(struct setup *setup, HANDLE mark, bool again, bool *ret_clean, struct error *err)
{
        bool anew = again || was_broken_off(mark);
        int r = anew ? 0 : check_fresh(setup, err);

        *ret_clean = true;
        if (r >= 0)
                r = write_mark(mark, err);
        if (r < 0)
                return r;
        r = make(setup, anew, err);
        if (r < 0)
                *ret_clean = undo(setup, r);
        if (*ret_clean)
                clear_mark(mark);
        return r;
}

int base_layer_set_up(const struct sandbox_host *host, const struct base_layer *layer, bool again, struct error *err)
{
        struct setup setup = { .layer = layer, .storage = { .host = host } };
        const struct place place = { .path = (char *)(uintptr_t)layer->path };
        const char *mark = arena_printf(&setup.arena, "%s\\" MARK, layer->path);
        bool clean = false;
        void *lock = NULL;
        int r = mark ? place_lock(&place, MARK, 0, &lock, err) : error_memory(err);

        if (r == PLACE_BUSY)
                r = error_set(err, E_BUSY, "somebody else is setting it up");
        if (r >= 0)
                r = set_up_locked(&setup, lock, again, &clean, err);
        if (clean)
                io_remove(mark);        /* while it is ours: nobody else may have it as theirs by then */
        place_unlock(lock);
        storage_done(&setup.storage);
        arena_done(&setup.arena);
        return r < 0 ? r : 0;
}
