#include "oci/annotations.h"

#include <string.h>

#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "oci/check.h"

#define KNOWN ANNOTATION_HOST ", " ANNOTATION_HIDE ", " ANNOTATION_SHOW ", " ANNOTATION_COPY ", " ANNOTATION_SCRATCH ", " \
              ANNOTATION_SCRATCH_SIZE ", " ANNOTATION_LAYERS ", " ANNOTATION_LAYERS_BASE ", " ANNOTATION_SET_USER_ID ", " ANNOTATION_INIT

static int refuse(struct error *err, const char *name, const char *value, const char *expected)
{
        return error_set(err, E_INVALID_DATA, "annotations.%s: found \"%.200s\"; expected %s", name, value, expected);
}

/* A path to hide or show: not the whole machine, and nothing that reads differently from what it says. */
static bool is_place(const char *path)
{
        return *path == '/' && path[strspn(path, "/.")] && !check_has_part(path, "..") && !check_has_control(path);
}

static int read_paths(struct arena *arena, const char *name, const char *value, struct strings *ret, struct error *err)
{
        static const char expected[] = "absolute paths with \":\" between them, each below \"/\" and without \"..\"";
        size_t most = 1;

        if (!value)
                return 0;
        for (const char *c = value; *c; c++)
                most += *c == ':';
        ret->items = arena_alloc_array(arena, most, sizeof(*ret->items));
        if (!ret->items)
                return error_memory(err);

        for (const char *part = value;;) {
                _cleanup_(free_charp) char *clean = NULL;
                size_t length = strcspn(part, ":");
                const char *path = arena_copy_n(arena, part, length);

                if (!path)
                        return error_memory(err);
                if (!is_place(path))
                        return refuse(err, name, path, expected);
                if (path_clean(path, &clean, err) < 0)
                        return err->code;
                ret->items[ret->count] = arena_copy(arena, clean);
                if (!ret->items[ret->count++])
                        return error_memory(err);
                if (!part[length])
                        return 0;
                part += length + 1;
        }
}

static int check_both(const struct layer_wishes *wishes, struct error *err)
{
        for (size_t i = 0; i < wishes->hide.count; i++)
                for (size_t k = 0; k < wishes->show.count; k++)
                        if (text_equal(wishes->hide.items[i], wishes->show.items[k]))
                                return error_set(err, E_INVALID_DATA, "annotations: \"%.200s\" is in both %s and %s; "
                                                 "expected one",
                                                 wishes->hide.items[i], ANNOTATION_HIDE, ANNOTATION_SHOW);
        return 0;
}

static int read_scratch(struct arena *arena, const char *value, const char **ret, struct error *err)
{
        _cleanup_(free_charp) char *clean = NULL;

        if (!value || text_equal(value, "disk") || text_equal(value, "memory") || text_starts_with(value, "name:")) {
                *ret = value;
                return 0;
        }
        if (!is_place(value))
                return refuse(err, ANNOTATION_SCRATCH, value, "\"disk\", \"memory\", \"name:NAME\", or the absolute path "
                              "of a directory to keep");
        if (path_clean(value, &clean, err) < 0)
                return err->code;
        *ret = arena_copy(arena, clean);
        return *ret ? 0 : error_memory(err);
}

int annotations_read_size(const char *value, uint64_t *ret)
{
        static const char units[] = "KMGT";
        char digits[24];
        size_t length = strspn(value, "0123456789");
        const char *unit = value[length] ? strchr(units, value[length]) : NULL;
        uint64_t size;

        if (length >= sizeof(digits) || (value[length] && (!unit || value[length + 1])))
                return -1;
        memcpy(digits, value, length);
        digits[length] = '\0';
        if (text_to_u64(digits, &size) < 0 || size == 0)
                return -1;
        for (const char *u = units; unit && u <= unit; u++)
                if (__builtin_mul_overflow(size, (uint64_t)1024, &size))
                        return -1;
        *ret = size;
        return 0;
}

static int read_scratch_size(const char *value, struct layer_wishes *wishes, struct error *err)
{
        if (!value)
                return 0;
        if (annotations_read_size(value, &wishes->scratch_size) < 0)
                return refuse(err, ANNOTATION_SCRATCH_SIZE, value, "a size such as \"64M\" or \"1G\"");
        return 0;
}

/* Whether a name is one is for those to say who look it up. */
static int read_layers(struct arena *arena, const char *value, const char *base, struct layer_wishes *wishes, struct error *err)
{
        static const char expected[] = "names of layers with \":\" between them, uppermost first";
        size_t most = 1;

        if (base && !value)
                return refuse(err, ANNOTATION_LAYERS_BASE, base, "it only together with " ANNOTATION_LAYERS);
        if (base && !text_equal(base, "host") && !text_equal(base, "none"))
                return refuse(err, ANNOTATION_LAYERS_BASE, base, "\"host\" or \"none\"");
        wishes->without_host = text_equal(base, "none");
        for (const char *c = value ? value : ""; *c; c++)
                most += *c == ':';
        if (!value)
                return 0;
        wishes->layers.items = arena_alloc_array(arena, most, sizeof(*wishes->layers.items));
        if (!wishes->layers.items)
                return error_memory(err);
        for (const char *part = value;; part++) {
                size_t length = strcspn(part, ":");

                if (length == 0 || check_has_control(value))
                        return refuse(err, ANNOTATION_LAYERS, value, expected);
                wishes->layers.items[wishes->layers.count] = arena_copy_n(arena, part, length);
                if (!wishes->layers.items[wishes->layers.count++])
                        return error_memory(err);
                part += length;
                if (!*part)
                        return 0;
        }
}

static int read_flag(const char *name, const char *value, bool *ret, struct error *err)
{
        if (!value || text_equal(value, "false"))
                return 0;
        if (!text_equal(value, "true"))
                return refuse(err, name, value, "\"true\" or \"false\"");
        *ret = true;
        return 0;
}

/* A pod's annotations reach its own container, too, that holds its namespaces and runs nothing but its image's "pause".  Facts:
 * containerd pkg/cri/annotations, CRI-O pkg/annotations. */
static bool is_pods_own(const struct spec *spec)
{
        return text_equal(spec_annotation(spec, "io.kubernetes.cri.container-type"), "sandbox") ||
               text_equal(spec_annotation(spec, "io.kubernetes.cri-o.ContainerType"), "sandbox");
}

/* Managers always send a root; this says that it is not meant. */
static int read_host(struct oci_config *config, struct error *err)
{
        const char *value = spec_annotation(&config->spec, ANNOTATION_HOST);
        int r = read_flag(ANNOTATION_HOST, value, &config->from_host, err);

        if (r >= 0 && value && !config->from_host && !config->spec.root)
                r = refuse(err, ANNOTATION_HOST, value, "\"true\" (or a \"root\" in the configuration: what has none is a copy "
                           "of this machine)");
        return r;
}

/* The names.  Others' annotations are others' business. */
static int check_names(const struct oci_config *config, struct error *err)
{
        static const char *const known[] = {
                ANNOTATION_HOST, ANNOTATION_HIDE, ANNOTATION_SHOW, ANNOTATION_COPY, ANNOTATION_SCRATCH, ANNOTATION_SCRATCH_SIZE,
                ANNOTATION_SET_USER_ID, ANNOTATION_LAYERS, ANNOTATION_LAYERS_BASE, ANNOTATION_INIT,
        };

        for (size_t i = 0; i < config->spec.annotations.count; i++) {
                const char *name = config->spec.annotations.items[i].key;
                bool found = false;

                if (!*name)
                        return error_set(err, E_INVALID_DATA, "annotations: found an empty name; expected one such as "
                                         "\"com.example.key\"");
                if (!text_starts_with(name, ANNOTATION_PREFIX))
                        continue;
                for (size_t k = 0; k < ARRAY_LENGTH(known); k++)
                        found = found || text_equal(known[k], name);
                if (!found)
                        return error_set(err, E_INVALID_DATA, "annotations.%.100s: unknown; expected one of " KNOWN,
                                         name);
                if (config->spec.root && !config->from_host && !text_equal(name, ANNOTATION_HOST))
                        return error_set(err, E_INVALID_DATA, "annotations.%s: found together with \"root\"; it says "
                                         "something about the copy of this machine that a configuration without "
                                         "\"root\", or with the annotation " ANNOTATION_HOST ", gets", name);
        }
        return 0;
}

int annotations_read(struct oci_config *config, struct error *err)
{
        struct layer_wishes *wishes = &config->wishes;
        const struct spec *spec = &config->spec;
        int r = read_host(config, err);

        if (r >= 0)
                r = check_names(config, err);
        if (r >= 0 && config->from_host && spec->root && is_pods_own(spec)) {
                config->from_host = false;
                return 0;
        }
        if (r >= 0)
                r = read_paths(&config->arena, ANNOTATION_HIDE, spec_annotation(spec, ANNOTATION_HIDE), &wishes->hide,
                               err);
        if (r >= 0)
                r = read_paths(&config->arena, ANNOTATION_SHOW, spec_annotation(spec, ANNOTATION_SHOW), &wishes->show,
                               err);
        if (r >= 0)
                r = read_paths(&config->arena, ANNOTATION_COPY, spec_annotation(spec, ANNOTATION_COPY), &wishes->copy,
                               err);
        if (r >= 0)
                r = check_both(wishes, err);
        if (r >= 0)
                r = read_scratch(&config->arena, spec_annotation(spec, ANNOTATION_SCRATCH), &wishes->scratch, err);
        if (r >= 0)
                r = read_scratch_size(spec_annotation(spec, ANNOTATION_SCRATCH_SIZE), wishes, err);
        wishes->lifts_quotas = spec->process && spec_process_may(spec->process, "CAP_SYS_RESOURCE");
        if (r >= 0)
                r = read_layers(&config->arena, spec_annotation(spec, ANNOTATION_LAYERS), spec_annotation(spec, ANNOTATION_LAYERS_BASE),
                                wishes, err);
        if (r >= 0)
                r = read_flag(ANNOTATION_SET_USER_ID, spec_annotation(spec, ANNOTATION_SET_USER_ID), &config->allow_set_user_id, err);
        return r < 0 ? r : read_flag(ANNOTATION_INIT, spec_annotation(spec, ANNOTATION_INIT), &config->init_stays, err);
}
