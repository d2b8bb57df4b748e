/* The group below the sandbox's own that exec --cgroup names, for each hierarchy of v1 or the one of v2.
 *
 * A wish is "PATH", for all hierarchies, or "CONTROLLER[,CONTROLLER...]:PATH" for some, as runc has it; there may be several, a line
 * each, of which a later one goes before an earlier.  Where no wish applies, and for "/", it is the sandbox's own group. */
#include <string.h>

#include "hcs/base/text.h"
#include "hcs/local/cgroup-kinds.h"

struct wish { const char *controllers, *path; size_t controllers_length, path_length; };

/* Takes one off *rest; false: there is none any more. */
static bool next_wish(const char **rest, struct wish *ret)
{
        size_t length = strcspn(*rest, "\n"), prefix = strcspn(*rest, ":\n");

        if (!**rest)
                return false;
        *ret = (struct wish){ .path = *rest, .path_length = length };
        if (prefix < length)
                *ret = (struct wish){ *rest, *rest + prefix + 1, prefix, length - prefix - 1 };
        while (ret->path_length > 0 && *ret->path == '/') {
                ret->path++;
                ret->path_length--;
        }
        *rest += length + ((*rest)[length] == '\n');
        return true;
}

/* One name off a list with commas; NULL at its end. */
static const char *next_name(const char **at, const char *end, size_t *ret_length)
{
        const char *name = *at;

        if (name >= end)
                return NULL;
        *ret_length = strcspn(name, ",:");
        *at = name + *ret_length + 1;
        return name;
}

static bool is_controller(const char *name, size_t length, int controller)
{
        const char *known = cgroup_controller_names[controller];

        return strlen(known) == length && strncmp(known, name, length) == 0;
}

static bool names_controller(const struct wish *wish, int controller)
{
        const char *at = wish->controllers, *name;
        size_t length;

        while ((name = next_name(&at, wish->controllers + wish->controllers_length, &length)))
                if (is_controller(name, length, controller))
                        return true;
        return false;
}

/* Every controller that a wish names is there. */
static int check_names(const struct cgroup_tree *tree, const struct wish *wish, struct error *err)
{
        const char *at = wish->controllers, *name;
        size_t length;

        while ((name = next_name(&at, wish->controllers + wish->controllers_length, &length))) {
                bool found = false;

                for (int i = 0; i < CGROUP_CONTROLLER_COUNT && !found; i++)
                        found = tree->mount[i] && is_controller(name, length, i);
                if (!found)
                        return error_set(err, E_INVALID_PARAMETER, "the cgroup: found controller \"%.*s\", which has no hierarchy here",
                                         (int)length, name);
        }
        return 0;
}

static int check_wishes(const struct cgroup_tree *tree, const char *wishes, struct error *err)
{
        struct wish wish;
        int count = 0;

        while (next_wish(&wishes, &wish)) {
                if (tree->version != CGROUP_V2) {
                        if (wish.controllers && check_names(tree, &wish, err) < 0)
                                return err->code;
                } else if (wish.controllers || count++ > 0) {
                        return error_set(err, E_INVALID_PARAMETER, "the cgroup: cgroup v2 has one hierarchy for all controllers: "
                                         "expected one path, and no controllers");
                }
        }
        return 0;
}

int cgroup_choose(struct arena *arena, const struct cgroup *cgroup, const char *wishes, const char **ret_sub, struct error *err)
{
        const char *path;
        int length, r = check_wishes(cgroup->tree, wishes, err);

        if (r < 0)
                return r;
        *ret_sub = wishes;
        if (cgroup->tree->version != CGROUP_V2)
                return 0;
        cgroup_sub_find(wishes, CGROUP_CONTROLLER_COUNT, &path, &length);
        *ret_sub = length ? arena_copy_n(arena, path, (size_t)length) : NULL;
        return length && !*ret_sub ? error_memory(err) : 0;
}

void cgroup_sub_find(const char *wishes, int controller, const char **ret_path, int *ret_length)
{
        struct wish wish;

        *ret_path = "";
        *ret_length = 0;
        while (wishes && next_wish(&wishes, &wish))
                if (!wish.controllers || names_controller(&wish, controller)) {
                        *ret_path = wish.path;
                        *ret_length = (int)wish.path_length;
                }
}
