#include "oci/compile.h"

#include <string.h>

#include "hcs/base/json.h"
#include "hcs/base/text.h"

#define OWNER "hcs-sandbox"

static const struct doc_version version = { 2, 1 };

/* --- the create document ------------------------------------------------------------------------------------------ */

/* The user namespace that a caller without root's rights needs, and the structs on the way to it. */
struct with_user_namespace {
        struct arena arena;
        struct spec spec;
        struct spec_linux linux_;
        struct spec_mapping uid, gid;
};

static void with_user_namespace_done(struct with_user_namespace *with)
{
        arena_done(&with->arena);
}

/* One user and one group are all that such a namespace has. */
static int check_only_root(const struct spec_user *user, struct error *err)
{
        static const char why[] = "a sandbox that is not made by root has only user 0 and group 0";

        if (user->uid != 0)
                return error_set(err, E_NOT_SUPPORTED, "process.user.uid: found %u; expected 0: %s", user->uid, why);
        if (user->gid != 0)
                return error_set(err, E_NOT_SUPPORTED, "process.user.gid: found %u; expected 0: %s", user->gid, why);
        if (user->additional_gids.count > 0)
                return error_set(err, E_NOT_SUPPORTED, "process.user.additionalGids: found %zu; expected none: %s",
                                 user->additional_gids.count, why);
        return 0;
}

/* Terminals usually belong to the group "tty", 5 everywhere; with no such group they are root's, the only one there is.  So a
 * bundle that root's `spec` wrote runs for everybody. */
static int drop_terminal_group(struct with_user_namespace *with, struct spec_mount *mount, struct error *err)
{
        const struct strings before = mount->options;
        const char **kept;

        if (!text_equal(mount->type, "devpts"))
                return 0;
        kept = arena_alloc_array(&with->arena, before.count + 1, sizeof(*kept));
        if (!kept)
                return error_memory(err);
        mount->options = (struct strings){ .items = kept };
        for (size_t i = 0; i < before.count; i++)
                if (!text_equal(before.items[i], "gid=5"))
                        kept[mount->options.count++] = before.items[i];
        return 0;
}

static int drop_terminal_groups(struct with_user_namespace *with, const struct spec *spec, struct error *err)
{
        size_t count = spec->mounts.count;
        struct spec_mount *mounts = arena_alloc_array(&with->arena, count + 1, sizeof(*mounts));
        int r = 0;

        if (!mounts)
                return error_memory(err);
        for (size_t i = 0; r >= 0 && i < count; i++) {
                mounts[i] = spec->mounts.items[i];
                r = drop_terminal_group(with, &mounts[i], err);
        }
        with->spec.mounts.items = mounts;
        return r;
}

static int add_user_namespace(struct with_user_namespace *with, const struct spec *spec,
                              const struct oci_options *options, struct error *err)
{
        size_t count = spec->linux_->namespaces.count;
        struct spec_namespace *namespaces = arena_alloc_array(&with->arena, count + 1, sizeof(*namespaces));

        if (!namespaces)
                return error_memory(err);
        if (count)
                memcpy(namespaces, spec->linux_->namespaces.items, count * sizeof(*namespaces));
        namespaces[count].kind = SPEC_NAMESPACE_USER;

        with->uid = (struct spec_mapping){ .container_id = 0, .host_id = options->host_uid, .size = 1 };
        with->gid = (struct spec_mapping){ .container_id = 0, .host_id = options->host_gid, .size = 1 };
        with->linux_ = *spec->linux_;
        with->linux_.namespaces.items = namespaces;
        with->linux_.namespaces.count = count + 1;
        with->linux_.uid_mappings.items = &with->uid;
        with->linux_.uid_mappings.count = 1;
        with->linux_.gid_mappings.items = &with->gid;
        with->linux_.gid_mappings.count = 1;
        with->spec = *spec;
        with->spec.linux_ = &with->linux_;
        if (drop_terminal_groups(with, spec, err) < 0)
                return err->code;
        return check_only_root(&spec->process->user, err);
}

static int write_document(const struct json_field *fields, const void *object, char **ret, struct error *err)
{
        _cleanup_(text_done) struct text out = { 0 };

        json_write(&out, fields, object);
        return text_take(&out, ret, err);
}

/* The kernel makes no overlay over a root file system in a user namespace, and one that was made outside has other owners there than
 * those inside it expect. */
static int check_copy(const struct spec *spec, const struct doc_storage *storage, struct error *err)
{
        if (storage && !spec_namespace_find(spec, SPEC_NAMESPACE_MOUNT))
                return error_set(err, E_NOT_SUPPORTED, "linux.namespaces: \"mount\" is missing in a bundle without a root: a copy of this "
                                 "machine lies in a mount namespace of its own; add {\"type\": \"mount\"}");
        if (!storage || storage->union_kind != DOC_UNION_OVERLAY || !spec_namespace_find(spec, SPEC_NAMESPACE_USER))
                return 0;
        return error_set(err, E_NOT_SUPPORTED, "linux.namespaces: found \"user\" in a bundle without a root: a copy of this machine that "
                         "root makes has the machine's own users; leave the user namespace out (podman: --userns host), let a user who is "
                         "not root make the copy, or give the bundle a root.path");
}

int oci_compile_system(const struct oci_config *config, const struct doc_storage *storage,
                       const struct oci_options *options, char **ret, struct error *err)
{
        _cleanup_(with_user_namespace_done) struct with_user_namespace with = { 0 };
        const struct doc_storage rootfs = { .path = config->rootfs };
        const struct doc_options chosen = {
                .no_pivot_root = options->no_pivot_root, .no_new_keyring = options->no_new_keyring,
                .listen_handles = options->listen_handles, .listen_names = options->listen_names,
                .notify_directory = options->notify_directory,
                .allow_set_user_id = config->allow_set_user_id, .init_program = options->init_program, .init_stays = config->init_stays,
                .cgroup_manager = options->cgroup_manager,
        };
        struct doc_hosted_system hosted = {
                .schema_version = version, .oci_bundle_path = config->bundle, .oci_specification = &config->spec,
                .storage = storage ? storage : &rootfs, .restore_state = options->restore,
        };
        const struct doc_system system = { .owner = OWNER, .schema_version = version, .hosted_system = &hosted };

        if (check_copy(&config->spec, storage, err) < 0)
                return err->code;
        if (chosen.no_pivot_root || chosen.no_new_keyring || chosen.listen_handles || chosen.notify_directory ||
            chosen.allow_set_user_id || chosen.cgroup_manager || chosen.init_program || chosen.init_stays)
                hosted.options = &chosen;
        if (options->own_user_namespace && !spec_namespace_find(&config->spec, SPEC_NAMESPACE_USER)) {
                if (add_user_namespace(&with, &config->spec, options, err) < 0)
                        return err->code;
                hosted.oci_specification = &with.spec;
        }
        return write_document(doc_system_fields, &system, ret, err);
}

/* --- process parameters ------------------------------------------------------------------------------------------- */

int oci_compile_process(const struct spec_process *process, const char *cgroup, char **ret, struct error *err)
{
        const struct spec_box *box = process->terminal ? process->console_size : NULL;
        uint32_t size[2] = { box ? box->height : 0, box ? box->width : 0 };
        struct doc_process parameters = {
                .emulate_console = process->terminal,
                .create_std_in_pipe = !process->terminal,
                .create_std_out_pipe = !process->terminal,
                .create_std_err_pipe = !process->terminal,
                .oci_process = process, .cgroup = cgroup,
        };

        if (size[0] && size[1])         /* docker sends 0 times 0 for "don't know" */
                parameters.console_size = (struct uint32s){ size, 2 };
        return write_document(doc_process_fields, &parameters, ret, err);
}
