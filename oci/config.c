/* A configuration goes through four steps: bytes to values (hcs/base/json), values to structs (the tables of
 * hcs/schema), meaning (check*.c), and settling: what may be said in two ways is brought into one, so that nobody below
 * has to know both. */
#include "oci/config.h"

#include <string.h>

#include "hcs/base/io.h"
#include "hcs/base/json.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "oci/annotations.h"
#include "oci/check.h"

#define CONFIG_NAME "config.json"
#define ID_MAX_BYTES 255

/* A path is tidied only where that can't change its meaning: behind a link, ".." is not the directory before it. */
static int tidy(struct arena *arena, const char *path, const char **ret, struct error *err)
{
        _cleanup_(free_charp) char *clean = NULL;

        if (check_has_part(path, "..")) {
                *ret = path;
                return 0;
        }
        if (path_clean(path, &clean, err) < 0)
                return err->code;
        *ret = arena_copy(arena, clean);
        return *ret ? 0 : error_memory(err);
}

/* A path of the host that may be relative to the bundle. */
static int from_bundle(struct oci_config *config, const char *path, const char **ret, struct error *err)
{
        const char *whole = *path == '/' ? path : arena_printf(&config->arena, "%s/%s", config->bundle, path);

        return whole ? tidy(&config->arena, whole, ret, err) : error_memory(err);
}

/* --- settling ----------------------------------------------------------------------------------------------------- */

/* Before the checks, which look at these. */
static void settle_namespaces(struct oci_config *config)
{
        const struct spec_linux *linux_ = config->spec.linux_;

        for (size_t i = 0; linux_ && i < linux_->namespaces.count; i++)
                if (!check_is_given(linux_->namespaces.items[i].path))
                        linux_->namespaces.items[i].path = NULL;
}

static int settle_mount(struct oci_config *config, struct spec_mount *mount, struct error *err)
{
        const char *destination = mount->destination;

        if (*destination != '/')
                destination = arena_printf(&config->arena, "/%s", destination);
        if (!destination)
                return error_memory(err);
        if (tidy(&config->arena, destination, &mount->destination, err) < 0)
                return err->code;
        return check_is_bind(mount) ? from_bundle(config, mount->source, &mount->source, err) : 0;
}

/* The one place where a root becomes none: with the annotation org.hcs-sandbox.host its path is not looked at again, neither
 * by us nor by the engine.  That it is to be read-only is said of the root whatever that is, and stays. */
static int settle_root(struct oci_config *config, struct error *err)
{
        const struct spec_root *root = config->spec.root;
        struct spec_root *kept;

        if (!root)
                return 0;
        if (!config->from_host)
                return from_bundle(config, root->path, &config->rootfs, err);
        config->spec.root = NULL;
        if (!root->readonly)
                return 0;
        kept = arena_alloc(&config->arena, sizeof(*kept));
        if (!kept)
                return error_memory(err);
        kept->readonly = true;
        config->spec.root = kept;
        return 0;
}

static int settle(struct oci_config *config, struct error *err)
{
        int r = settle_root(config, err);

        for (size_t i = 0; r >= 0 && i < config->spec.mounts.count; i++)
                r = settle_mount(config, &config->spec.mounts.items[i], err);
        return r;
}

/* --- a configuration ---------------------------------------------------------------------------------------------- */

void oci_config_free(struct oci_config *config)
{
        if (!config)
                return;
        arena_done(&config->arena);
        free(config);
}

void oci_config_freep(struct oci_config **config)
{
        oci_config_free(*config);
}

static int config_new(const char *bundle, struct oci_config **ret, struct error *err)
{
        _cleanup_(oci_config_freep) struct oci_config *config = calloc(1, sizeof(*config));
        _cleanup_(free_charp) char *absolute = NULL;

        if (!config)
                return error_memory(err);
        if (path_absolute(bundle, &absolute, err) < 0)
                return err->code;
        config->bundle = arena_copy(&config->arena, absolute);
        if (!config->bundle)
                return error_memory(err);
        *ret = take_ptr(config);
        return 0;
}

/* The one place where annotations that came with the call become the configuration's: nobody below knows of two kinds. */
static int lay_over(struct oci_config *config, const struct string_map *over, struct error *err)
{
        struct string_map all = { 0 }, *own = &config->spec.annotations;

        if (over->count == 0)
                return 0;
        all.items = arena_alloc_array(&config->arena, own->count + over->count, sizeof(*all.items));
        if (!all.items)
                return error_memory(err);
        for (; all.count < own->count; all.count++)
                all.items[all.count] = own->items[all.count];
        for (size_t i = 0; i < over->count; i++) {
                struct string_pair pair = { .key = arena_copy(&config->arena, over->items[i].key),
                                            .value = arena_copy(&config->arena, over->items[i].value) };
                size_t at = 0;

                if (!pair.key || !pair.value)
                        return error_memory(err);
                while (at < all.count && !text_equal(all.items[at].key, pair.key))
                        at++;
                all.items[at] = pair;
                all.count += at == all.count;
        }
        *own = all;
        return 0;
}

/* What json_parse() says has the name in front already; the others get it here. */
static int read_and_check(struct oci_config *config, const struct json_value *value, const struct string_map *annotations,
                          const struct log *log, struct error *err)
{
        const struct check check = { .spec = &config->spec, .log = log, .err = err, .at = "", .index = CHECK_NO_INDEX };
        int r = json_read(&config->arena, spec_fields, value, &config->spec, "", JSON_IGNORE_UNKNOWN, err);

        if (r >= 0)
                r = lay_over(config, annotations, err);
        if (r >= 0) {
                settle_namespaces(config);
                r = check_spec(&check);
        }
        if (r >= 0)
                r = annotations_read(config, err);
        if (r >= 0)
                r = settle(config, err);
        return r < 0 ? error_wrap(err, CONFIG_NAME) : 0;
}

static int parse(const char *text, size_t length, const struct oci_source *source, const struct log *log, struct oci_config **ret,
                 struct error *err)
{
        _cleanup_(oci_config_freep) struct oci_config *config = NULL;
        struct json_value *value;
        int r;

        r = config_new(source->bundle, &config, err);
        if (r >= 0)
                r = json_parse(&config->arena, text, length, CONFIG_NAME, &value, err);
        if (r >= 0)
                r = read_and_check(config, value, &source->annotations, log, err);
        if (r < 0)
                return r;
        *ret = take_ptr(config);
        return 0;
}

int oci_config_parse(const char *text, size_t length, const char *bundle, const struct log *log,
                     struct oci_config **ret, struct error *err)
{
        return parse(text, length, &(struct oci_source){ .bundle = bundle }, log, ret, err);
}

int oci_config_read(const struct oci_source *source, const struct log *log, struct oci_config **ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(free_charp) char *path = NULL;
        int r;

        if (source->text)
                return parse(source->text, strlen(source->text), source, log, ret, err);
        r = path_join(source->bundle, CONFIG_NAME, &path, err);
        if (r < 0)
                return r;
        r = io_read_file(path, OCI_CONFIG_MAX, &text, err);
        /* Not in the kernel's words, which clients take for a missing program. */
        if (r == E_FILE_NOT_FOUND)
                return error_set(err, r, "bundle \"%s\": there is no " CONFIG_NAME " in it (`hcs-sandbox spec` writes "
                                 "one)", source->bundle);
        if (r < 0)
                return error_wrap(err, "bundle \"%s\"", source->bundle);
        return parse(text.data ? text.data : "", text.length, source, log, ret, err);
}

int oci_config_load(const char *bundle, const struct log *log, struct oci_config **ret, struct error *err)
{
        return oci_config_read(&(struct oci_source){ .bundle = bundle }, log, ret, err);
}

/* --- a process on its own ----------------------------------------------------------------------------------------- */

int oci_process_parse(const char *text, size_t length, const char *what, struct arena *arena, const struct log *log,
                      struct spec_process **ret, struct error *err)
{
        struct spec_process *process = arena_alloc(arena, sizeof(*process));
        struct json_value *value;
        int r;

        if (!process)
                return error_memory(err);
        r = json_parse(arena, text, length, what, &value, err);
        if (r < 0)
                return r;
        r = json_read(arena, spec_process_fields, value, process, "", JSON_IGNORE_UNKNOWN, err);
        if (r >= 0)
                r = oci_check_process(process, "", log, err);
        if (r < 0)
                return error_wrap(err, "%s", what);
        *ret = process;
        return 0;
}

int oci_check_id(const char *id, struct error *err)
{
        static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_+-.";
        size_t length = strlen(id), good = strspn(id, allowed);

        if (length == 0)
                return error_set(err, E_INVALID_PARAMETER, "the id is empty; expected letters, digits and _ + - .");
        if (length > ID_MAX_BYTES)
                return error_set(err, E_INVALID_PARAMETER, "the id has %zu bytes; expected at most %d", length,
                                 ID_MAX_BYTES);
        if (good < length)
                return error_set(err, E_INVALID_PARAMETER, "id \"%s\": found \"%c\" at byte %zu; expected letters, "
                                 "digits and _ + - .", id, (unsigned char)id[good] < 0x80 ? id[good] : '?', good + 1);
        if (*id == '.')
                return error_set(err, E_INVALID_PARAMETER, "id \"%s\": found \".\" first; expected a letter, a digit "
                                 "or _ + -", id);
        return 0;
}
