#include "hcs/local/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"

void tree_maker_done(struct tree_maker *maker)
{
        if (maker->context >= 0)
                close(maker->context);
        maker->context = -1;
}

/* The kernel explains itself in the context: "e overlay: ...", one message a read. */
static int explain(const struct tree_maker *maker, int errnum, const char *doing, struct error *err)
{
        char words[256];
        ssize_t n = read(maker->context, words, sizeof(words) - 1);

        if (n <= 2)
                return error_errnum(err, errnum, "%s %s", doing, maker->type);
        words[n] = '\0';
        words[strcspn(words, "\n")] = '\0';
        return error_errnum(err, errnum, "%s %s (the kernel: %s)", doing, maker->type, words + 2);
}

int tree_begin(struct tree_maker *maker, const char *type, struct error *err)
{
        *maker = (struct tree_maker){ .context = sys_fsopen(type, FSOPEN_CLOEXEC), .type = type };
        if (maker->context >= 0)
                return 0;
        if (errno == ENODEV)
                return error_set(err, E_NOT_SUPPORTED, "this kernel has no file system \"%s\"", type);
        return error_errno(err, "making a file system of type %s", type);
}

int tree_option(struct tree_maker *maker, const char *name, const char *value, struct error *err)
{
        unsigned command = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

        if (sys_fsconfig(maker->context, command, name, value, 0) == 0)
                return 0;
        if (errno == EINVAL)
                return error_set(err, E_INVALID_PARAMETER, "%s takes no option \"%s%s%s\"%s", maker->type, name, value ? "=" : "",
                                 value ? value : "", value && (text_equal(name, "uid") || text_equal(name, "gid")) ?
                                 " (in a user namespace: is that id mapped?)" : "");
        return error_errno(err, "option \"%s\" of %s", name, maker->type);
}

int tree_finish(struct tree_maker *maker, uint64_t attributes, struct error *err)
{
        int tree;

        if (sys_fsconfig(maker->context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return explain(maker, errno, "making", err);
        tree = sys_fsmount(maker->context, FSMOUNT_CLOEXEC, (unsigned)attributes);
        return tree < 0 ? explain(maker, errno, "mounting", err) : tree;
}

int tree_clone(int dir, const char *path, bool recursive, struct error *err)
{
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) | (*path ? 0 : AT_EMPTY_PATH);
        int tree = sys_open_tree(dir, path, flags);

        if (tree >= 0)
                return tree;
        if (errno == ENOENT)    /* not in the words that clients take for a missing program */
                return error_set(err, E_FILE_NOT_FOUND, "\"%s\" is not there", path);
        return error_errno(err, "taking a view of \"%s\"", path);
}

int tree_attributes(int tree, uint64_t set, uint64_t clear, bool recursive, struct error *err)
{
        struct mount_attr attributes = { .attr_set = set, .attr_clr = clear };

        if (set == 0 && clear == 0)
                return 0;
        if (sys_mount_setattr(tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attributes) < 0)
                return error_errno(err, "setting mount attributes");
        return 0;
}

int tree_propagation(int tree, uint64_t propagation, bool recursive, struct error *err)
{
        struct mount_attr attributes = { .propagation = propagation };

        if (sys_mount_setattr(tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attributes) < 0)
                return error_errno(err, "setting mount propagation");
        return 0;
}

int tree_put(int tree, int target, struct error *err)
{
        if (sys_move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
                return error_errno(err, "mounting");
        return 0;
}
