#include "src/lib/compose.h"

#include <string.h>
#include <unistd.h>

#include "layers/scratches.h"

void composition_done(struct composition *composition)
{
        oci_config_free(composition->config);
        free(composition->data);
        free(composition->document);
        *composition = (struct composition){ 0 };
}

static int take_host(const struct sandbox_host *host, const char *id, struct composition *composition,
                     struct oci_options *options, struct error *err)
{
        struct oci_config *config = composition->config;
        int r = 0;

        if (host->data)
                composition->data = strdup(host->data);
        else
                r = layer_data_directory(&composition->data, err);
        if (r < 0)
                return r;
        if (!composition->data)
                return error_memory(err);
        r = sandbox_check_path(composition->data, "data directory", err);
        if (r < 0)
                return r;
        r = layer_host_compose(&config->arena, composition->data, host->root, id, &config->wishes, &composition->host, err);
        if (r < 0)
                return error_wrap(err, "a copy of this machine");
        composition->from_host = true;
        options->own_user_namespace = composition->host.storage.union_kind != DOC_UNION_OVERLAY;
        options->host_uid = geteuid();
        options->host_gid = getegid();
        return 0;
}

static int take_scratch(const struct composition_source *source, struct oci_config *config, struct error *err)
{
        if (config->rootfs)
                return error_set(err, E_NOT_SUPPORTED, "%s: the bundle has a root of its own, where it writes; a scratch is what a "
                                 "copy of this machine has", source->scratch ? "--scratch" : "--scratch-size");
        if (source->scratch_size)
                config->wishes.scratch_size = source->scratch_size;
        if (!source->scratch)
                return 0;
        config->wishes.scratch = arena_printf(&config->arena, SCRATCHES_PREFIX "%s", source->scratch);
        return config->wishes.scratch ? 0 : error_memory(err);
}

int composition_read(const struct sandbox_host *host, const struct composition_source *source, struct composition *ret,
                     struct error *err)
{
        _cleanup_(composition_done) struct composition composition = { 0 };
        int r;

        r = oci_config_read(&source->config, &host->log, &composition.config, err);
        if (r >= 0 && (source->scratch || source->scratch_size))
                r = take_scratch(source, composition.config, err);
        if (r >= 0)
                r = sandbox_check_path(composition.config->bundle, "bundle", err);
        if (r >= 0 && composition.config->rootfs)
                r = sandbox_check_path(composition.config->rootfs, "root file system", err);
        if (r < 0)
                return r;
        *ret = composition;
        composition = (struct composition){ 0 };
        return 0;
}

/* It says what SELinux lets processes do with the files: where there is none, the label keeps nobody from anything, and its loss is worth
 * a warning.  The label of a process is asked for to confine it, and is the engine's to refuse. */
static int drop_mount_label(const struct sandbox_host *host, struct oci_config *config, struct error *err)
{
        const struct spec_linux *asked = config->spec.linux_;
        struct spec_linux *without;

        if (!asked || !asked->mount_label || !*asked->mount_label || access("/sys/fs/selinux/status", F_OK) == 0)
                return 0;
        log_warning(&host->log, "linux.mountLabel: \"%.100s\" labels nothing: this kernel has no SELinux, or it is off",
                    asked->mount_label);
        without = arena_alloc(&config->arena, sizeof(*without));
        if (!without)
                return error_memory(err);
        *without = *asked;
        without->mount_label = NULL;
        config->spec.linux_ = without;
        return 0;
}

int composition_complete(struct composition *composition, const struct sandbox_host *host, const char *id,
                         const struct oci_options *wanted, struct error *err)
{
        struct oci_options options = *wanted;
        int r = drop_mount_label(host, composition->config, err);

        options.init_program = host->init;
        if (r >= 0 && !composition->config->rootfs)
                r = take_host(host, id, composition, &options, err);
        if (r < 0)
                return r;
        return oci_compile_system(composition->config, composition->from_host ? &composition->host.storage : NULL, &options,
                                  &composition->document, err);
}
