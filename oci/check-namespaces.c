/* The rules of namespaces and of what belongs to one: id mappings and clock offsets. */
#include "hcs/base/text.h"
#include "oci/check.h"

#define MAPPINGS_MAX 340                /* the kernel's own limit */
#define IDS_END (UINT64_C(1) << 32)

/* Do two ranges of the same length unit share a number? */
static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
        return (uint64_t)a < (uint64_t)b + b_size && (uint64_t)b < (uint64_t)a + a_size;
}

static int check_mapping(const struct check *check, const spec_mappings *mappings, size_t i)
{
        const struct spec_mapping *mapping = &mappings->items[i];

        if ((uint64_t)mapping->container_id + mapping->size > IDS_END - 1 ||
            (uint64_t)mapping->host_id + mapping->size > IDS_END - 1)
                return check_refuse(check, "size: found %u; the range goes past the last id, 4294967294",
                                    mapping->size);
        for (size_t k = 0; k < i; k++) {
                const struct spec_mapping *other = &mappings->items[k];

                if (overlap(mapping->container_id, mapping->size, other->container_id, other->size))
                        return check_refuse(check, "containerID: this range overlaps that of item %zu; an id can be "
                                            "mapped once", k);
                if (overlap(mapping->host_id, mapping->size, other->host_id, other->size))
                        return check_refuse(check, "hostID: this range overlaps that of item %zu; an id can be mapped "
                                            "once", k);
        }
        return 0;
}

static int check_mappings(const struct check *check, const char *at, const char *member, const spec_mappings *mappings)
{
        const struct spec_namespace *user = spec_namespace_find(check->spec, SPEC_NAMESPACE_USER);
        const struct check place = check_member(check, "linux");
        int r = 0;

        if (mappings->count > 0 && !user)
                return check_refuse(&place, "%s: found mappings without a \"user\" namespace; add {\"type\": "
                                    "\"user\"} to linux.namespaces", member);
        if (mappings->count == 0 && user && !user->path)
                return check_refuse(&place, "%s: missing; a new \"user\" namespace needs to know who is who in it",
                                    member);
        if (mappings->count > MAPPINGS_MAX)
                return check_refuse(&place, "%s: found %zu; expected at most %d", member, mappings->count,
                                    MAPPINGS_MAX);
        for (size_t i = 0; r >= 0 && i < mappings->count; i++) {
                const struct check here = check_item(check, at, i);

                r = check_mapping(&here, mappings, i);
        }
        return r;
}

static int check_offsets(const struct check *check)
{
        const struct spec_time_offsets *offsets = check->spec->linux_->time_offsets;
        const struct spec_namespace *time = spec_namespace_find(check->spec, SPEC_NAMESPACE_TIME);
        const struct check place = check_member(check, "linux");

        if (!offsets || (!offsets->monotonic && !offsets->boottime) || (time && !time->path))
                return 0;
        if (time)
                return check_refuse(&place, "timeOffsets: found for a \"time\" namespace that exists already; offsets "
                                    "can be set in a new one only");
        return check_refuse(&place, "timeOffsets: found without a \"time\" namespace; add {\"type\": \"time\"} to "
                            "linux.namespaces");
}

/* The sandbox's root is then a copy of the tree of mounts that nobody mounts anywhere.  It is made in a namespace of its own, with rights
 * that a user namespace has not over the one to which the program goes back, and without what can't be copied. */
static int check_without_mounts(const struct check *check)
{
        static const char add[] = "add {\"type\": \"mount\"} to linux.namespaces";
        const struct spec *spec = check->spec;

        if (spec_namespace_find(spec, SPEC_NAMESPACE_USER))
                return check_refuse(check, "linux.namespaces: \"mount\" is missing; whoever is in a \"user\" namespace may mount only in "
                                    "one of its own: %s", add);
        for (size_t i = 0; i < spec->mounts.count; i++) {
                const struct strings *options = &spec->mounts.items[i].options;
                const struct check here = check_item(check, "mounts", i);

                for (size_t k = 0; k < options->count; k++)
                        if (text_equal(options->items[k], "unbindable") || text_equal(options->items[k], "runbindable"))
                                return check_refuse(&here, "options: found \"%s\", which needs a mount namespace of the sandbox's own: %s",
                                                    options->items[k], add);
        }
        return 0;
}

static int check_list(const struct check *check)
{
        const struct spec_linux *linux_ = check->spec->linux_;
        unsigned seen = 0;

        for (size_t i = 0; i < linux_->namespaces.count; i++) {
                const struct spec_namespace *namespace = &linux_->namespaces.items[i];
                const struct check here = check_item(check, "linux.namespaces", i);

                if (seen & 1u << namespace->kind)
                        return check_refuse(&here, "type: \"%s\" is here twice; expected each once",
                                            spec_namespace_names[namespace->kind - 1]);
                seen |= 1u << namespace->kind;
                if (namespace->path && *namespace->path != '/')
                        return check_refuse(&here, "path: found \"%.200s\"; expected an absolute path",
                                            namespace->path);
        }
        return seen & 1u << SPEC_NAMESPACE_MOUNT ? 0 : check_without_mounts(check);
}

int check_namespaces(const struct check *check)
{
        const struct spec_linux *linux_ = check->spec->linux_;
        int r = check_list(check);

        if (r >= 0)
                r = check_mappings(check, "linux.uidMappings", "uidMappings", &linux_->uid_mappings);
        if (r >= 0)
                r = check_mappings(check, "linux.gidMappings", "gidMappings", &linux_->gid_mappings);
        return r < 0 ? r : check_offsets(check);
}
