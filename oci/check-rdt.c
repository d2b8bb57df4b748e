/* The rules of linux.intelRdt.  What a schema may say is for the kernel to judge: it knows the processor. */
#include <string.h>

#include "hcs/base/text.h"
#include "oci/check.h"

#define CLASS_NAME_MAX 255

/* What the kernel has put there itself. */
static bool is_taken(const char *name)
{
        static const char *const taken[] = { "info", "mon_groups", "mon_data", "schemata", "tasks", "cpus", "cpus_list", "mode",
                                             "size" };

        for (size_t i = 0; i < ARRAY_LENGTH(taken); i++)
                if (text_equal(name, taken[i]))
                        return true;
        return text_equal(name, ".") || text_equal(name, "..");
}

/* Whether it begins as one of its kind and holds one line, or several. */
static int check_schema(const struct check *check, const char *member, const char *schema, const char *prefix, bool one_line)
{
        if (!check_is_given(schema))
                return 0;
        if (strchr(schema, '\n') && one_line)
                return check_refuse(check, "%s: found a line break; expected one line", member);
        for (const char *c = schema; *c; c++)
                if ((unsigned char)*c < ' ' && *c != '\n')
                        return check_refuse(check, "%s: found a control character; expected such as \"L3:0=7f0;1=1f\"", member);
        if (!text_starts_with(schema, prefix) || !strchr(schema, ':') || !strchr(schema, '='))
                return check_refuse(check, "%s: found \"%.100s\"; expected a line that begins with \"%s\", such as \"%s\"", member, schema,
                                    prefix, text_equal(prefix, "MB:") ? "MB:0=70;1=20" : "L3:0=7f0;1=1f");
        return 0;
}

int check_intel_rdt(const struct check *check, const struct spec_intel_rdt *wanted)
{
        const struct check place = check_member(check, "linux.intelRdt");
        int r;

        if (!wanted)
                return 0;
        if (check_is_given(wanted->clos_id) && !text_equal(wanted->clos_id, "/") &&
            (strchr(wanted->clos_id, '/') || check_has_control(wanted->clos_id) || is_taken(wanted->clos_id) ||
             strlen(wanted->clos_id) > CLASS_NAME_MAX))
                return check_refuse(&place, "closID: found \"%.100s\"; expected the name of a directory in resctrl that is not the "
                                    "kernel's own, or \"/\" for its top", wanted->clos_id);
        if (wanted->enable_cmt || wanted->enable_mbm)
                return check_refuse(&place, "%s: the specification has dropped it; say enableMonitoring, which monitors all that the "
                                    "processor can", wanted->enable_cmt ? "enableCMT" : "enableMBM");
        r = check_schema(&place, "l3CacheSchema", wanted->l3_cache_schema, "L3", false);
        if (r >= 0)
                r = check_schema(&place, "memBwSchema", wanted->mem_bw_schema, "MB:", true);
        for (size_t i = 0; r >= 0 && i < wanted->schemata.count; i++) {
                if (!check_is_given(wanted->schemata.items[i]))
                        return check_refuse(&place, "schemata[%zu]: empty; expected a line such as \"L3:0=7f0;1=1f\"", i);
                r = check_schema(&place, "schemata", wanted->schemata.items[i], "", true);
        }
        return r;
}
