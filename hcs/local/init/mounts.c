/* The bundle's mounts, in its order.  Each is composed detached, then put on a descriptor that the one resolver found inside
 * the root; nothing is mounted by name (rule 3).  procfs and sysfs go on real directories only (rules 4 and 5). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/path.h"
#include "hcs/local/control.h"
#include "hcs/local/init/init.h"
#include "hcs/local/tree.h"
#include "hcs/schema/linux-names.h"

/* What the options of one mount come to. */
struct wish {
        uint64_t set, clear;                    /* attributes of the mount itself */
        uint64_t deep_set, deep_clear;          /* of it and all below */
        bool bind, recursive, copy_up, id_map;
        struct { uint64_t kind; bool recursive; } propagation[8];
        size_t propagation_count;
        const char *data[64];                   /* for the file system */
        size_t data_count;
};

static void wish_attribute(struct wish *wish, const struct linux_mount_option *option)
{
        bool deep = option->kind == LINUX_MOUNT_SET_RECURSIVE || option->kind == LINUX_MOUNT_CLEAR_RECURSIVE;
        uint64_t *set = deep ? &wish->deep_set : &wish->set, *clear = deep ? &wish->deep_clear : &wish->clear;

        if (option->kind == LINUX_MOUNT_CLEAR || option->kind == LINUX_MOUNT_CLEAR_RECURSIVE) {
                *set &= ~option->bits;
                *clear |= option->bits;
        } else {                                /* the last of the access time options counts, alone */
                *set = (*set & ~option->mask) | option->bits;
                *clear = (*clear & ~option->bits) | option->mask;
        }
}

static int wish_option(struct wish *wish, const char *text, struct error *err)
{
        const struct linux_mount_option *option = linux_mount_option_find(text);
        const char *data = option ? option->super : text;

        switch (option ? option->kind : LINUX_MOUNT_SUPER) {
        case LINUX_MOUNT_BIND:
        case LINUX_MOUNT_RBIND:
                wish->bind = true;
                wish->recursive |= option->kind == LINUX_MOUNT_RBIND;
                return 0;
        case LINUX_MOUNT_PROPAGATION:
        case LINUX_MOUNT_PROPAGATION_RECURSIVE:
                if (wish->propagation_count == ARRAY_LENGTH(wish->propagation))
                        return error_set(err, E_INVALID_PARAMETER, "too many propagation options");
                wish->propagation[wish->propagation_count].kind = option->bits;
                wish->propagation[wish->propagation_count++].recursive = option->kind == LINUX_MOUNT_PROPAGATION_RECURSIVE;
                return 0;
        case LINUX_MOUNT_SUPER:
                if (!data)
                        return 0;
                if (wish->data_count == ARRAY_LENGTH(wish->data))
                        return error_set(err, E_INVALID_PARAMETER, "too many options");
                wish->data[wish->data_count++] = data;
                return 0;
        case LINUX_MOUNT_COPY_UP:
                wish->copy_up = true;
                return 0;
        case LINUX_MOUNT_IDMAP:
        case LINUX_MOUNT_RIDMAP:
                wish->id_map = true;
                return 0;
        default:
                wish_attribute(wish, option);
                return 0;
        }
}

static int wish_read(const struct spec_mount *mount, struct wish *wish, struct error *err)
{
        *wish = (struct wish){ .bind = mount->type && text_equal(mount->type, "bind"), .id_map = mount->uid_mappings.count > 0 };
        for (size_t i = 0; i < mount->options.count; i++) {
                int r = wish_option(wish, mount->options.items[i], err);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* --- sources ------------------------------------------------------------------------------------------------------------ */

/* What the engine alone may make. */
static int ask_for_idmap(const struct init *init, const struct spec_mount *mount, struct error *err)
{
        struct control_message message;
        char number[16];
        int r;

        snprintf(number, sizeof(number), "%zu", (size_t)(mount - init->spec->mounts.items));
        r = control_send(init->plan.control, CONTROL_IDMAP, number, err);
        if (r >= 0)
                r = control_receive(init->plan.control, -1, &message, err);
        if (r < 0)
                return r;
        if (r > 0 || message.tag != CONTROL_GO || message.fd_count != 1)
                return error_set(err, E_BROKEN_PIPE, "the caller gave up");
        return message.fds[0];
}

static int make_bind(const struct init *init, const struct spec_mount *mount, const struct wish *wish, struct error *err)
{
        const char *source = mount->source ? mount->source : "";
        _cleanup_(free_charp) char *path = NULL;
        int r;

        if (wish->id_map)
                return ask_for_idmap(init, mount, err);
        if (*source != '/') {
                r = path_join(init->document.hosted_system->oci_bundle_path, source, &path, err);
                if (r < 0)
                        return r;
                source = path;
        }
        r = tree_clone(AT_FDCWD, source, wish->recursive, err);
        return r < 0 ? error_wrap(err, "source") : r;
}

/* SELinux's label of all that is in it; these have labels of their own. */
static const char *label_of(const struct init *init, const char *type)
{
        static const char *const labelled[] = { "proc", "sysfs", "mqueue", "cgroup", "cgroup2" };
        const char *label = init->spec->linux_->mount_label;

        for (size_t i = 0; i < ARRAY_LENGTH(labelled); i++)
                if (text_equal(labelled[i], type))
                        return NULL;
        return label && *label ? label : NULL;
}

static int make_filesystem(const struct init *init, const struct spec_mount *mount, const struct wish *wish, const char *type,
                           struct error *err)
{
        const char *label = label_of(init, type);
        _cleanup_(tree_maker_done) struct tree_maker maker = { .context = -1 };
        int r;

        r = tree_begin(&maker, type, err);
        if (r >= 0 && mount->source && *mount->source)
                r = tree_option(&maker, "source", mount->source, err);
        if (r >= 0 && label)
                r = tree_option(&maker, "context", label, err);
        for (size_t i = 0; r >= 0 && i < wish->data_count; i++) {
                const char *equals = strchr(wish->data[i], '=');
                char name[64];

                if (equals)
                        snprintf(name, sizeof(name), "%.*s", (int)(equals - wish->data[i]), wish->data[i]);
                r = tree_option(&maker, equals ? name : wish->data[i], equals ? equals + 1 : NULL, err);
        }
        /* Read-only comes later with the attributes: an empty tmpfs may still have to be filled. */
        return r < 0 ? r : tree_finish(&maker, wish->set & ~(uint64_t)MOUNT_ATTR_RDONLY, err);
}

/* --- targets ------------------------------------------------------------------------------------------------------------ */

static bool wants_real_directory(const struct spec_mount *mount)
{
        return mount->type && (text_equal(mount->type, "proc") || text_equal(mount->type, "sysfs"));
}

static int open_target(const struct init *init, const struct spec_mount *mount, int tree, struct error *err)
{
        struct stat source;
        int target = -1, r;

        if (fstat(tree, &source) < 0)
                return error_errno(err, "looking at the source");
        if (wants_real_directory(mount)) {
                r = inroot_open_if_there(init->root, mount->destination, O_PATH | O_NOFOLLOW, &target, err);
                if (r == 0 && fstat(target, &source) == 0 && !S_ISDIR(source.st_mode)) {
                        close(target);
                        return error_set(err, E_INVALID_DATA, "the root file system has no real directory there");
                }
                if (r <= 0)
                        return r < 0 ? r : target;
        }
        r = S_ISDIR(source.st_mode) ? inroot_make_directory(init->root, mount->destination, 0755, &target, err)
                                    : inroot_make_file(init->root, mount->destination, 0644, &target, err);
        if (r >= 0 && !S_ISDIR(source.st_mode) && fstat(target, &source) == 0 && S_ISDIR(source.st_mode)) {
                close(target);
                /* The last three words are what docker looks for, to say more. */
                return error_set(err, E_INVALID_DATA, "the source is a file, and what is there is a directory: not a directory");
        }
        return r < 0 ? r : target;
}

static int settle(int tree, const struct wish *wish, bool fresh, struct error *err)
{
        int r = tree_attributes(tree, fresh ? wish->set & MOUNT_ATTR_RDONLY : wish->set, fresh ? 0 : wish->clear, false, err);

        if (r >= 0)
                r = tree_attributes(tree, wish->deep_set, wish->deep_clear, true, err);
        for (size_t i = 0; r >= 0 && i < wish->propagation_count; i++)
                r = tree_propagation(tree, wish->propagation[i].kind, wish->propagation[i].recursive, err);
        return r;
}

/* --- cgroup ------------------------------------------------------------------------------------------------------------- */

/* Read-only unless the sandbox sees only its own part (rule 5). */
static bool has_own_view(const struct init *init)
{
        return spec_namespace_find(init->spec, SPEC_NAMESPACE_CGROUP) != NULL;
}

static int put_at(const struct init *init, int tree, const char *path, struct error *err)
{
        _cleanup_(io_closep) int target = -1;
        int r = inroot_make_directory(init->root, path, 0755, &target, err);

        return r < 0 ? r : tree_put(tree, target, err);
}

/* v1, one hierarchy: a fresh mount shows the namespace's own view; without a namespace, a view of the group alone. */
static int mount_hierarchy(const struct init *init, const char *destination, const char *controllers, const char *group,
                           const struct wish *wish, struct error *err)
{
        uint64_t attributes = wish->set | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
        const char *name = text_starts_with(controllers, "name=") ? controllers + 5 : controllers;
        _cleanup_(tree_maker_done) struct tree_maker maker = { .context = -1 };
        _cleanup_(io_closep) int tree = -1;
        char path[4200];
        int r = 0;

        if (has_own_view(init)) {
                r = tree_begin(&maker, "cgroup", err);
                if (r >= 0)
                        r = tree_option(&maker, name == controllers ? name : "name", name == controllers ? NULL : name, err);
                if (r >= 0 && name != controllers)
                        r = tree_option(&maker, "none", NULL, err);
                tree = r < 0 ? r : tree_finish(&maker, attributes, err);
        } else {
                snprintf(path, sizeof(path), "/sys/fs/cgroup/%s%s", name, group);
                tree = tree_clone(AT_FDCWD, path, false, err);
                if (tree >= 0)
                        r = tree_attributes(tree, attributes | MOUNT_ATTR_RDONLY, 0, false, err);
        }
        if (tree < 0 || r < 0)
                return error_wrap(err, "the cgroup hierarchy %s", controllers);
        snprintf(path, sizeof(path), "%s/%s", destination, name);
        return put_at(init, tree, path, err);
}

/* Lines of /proc/self/cgroup: "4:memory:/group"; v2's own has no controllers. */
static int mount_hierarchies(const struct init *init, const char *destination, const struct wish *wish, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        char *line, *rest;
        int r;

        r = io_read_file_at(AT_FDCWD, "/proc/self/cgroup", 65536, &text, err);
        if (r < 0)
                return r;
        for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
                char host[4200];

                if (!group || group == controllers + 1)
                        continue;
                *group = '\0';
                snprintf(host, sizeof(host), "/sys/fs/cgroup/%s%s",
                         text_starts_with(controllers + 1, "name=") ? controllers + 6 : controllers + 1,
                         init->plan.cgroup ? init->plan.cgroup : "");
                if (access(host, F_OK) < 0)
                        continue;       /* not mounted on this machine either; or we have no group in it, and it would show all others */
                r = mount_hierarchy(init, destination, controllers + 1, group + 1, wish, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int mount_cgroup_v2(const struct init *init, const struct spec_mount *mount, const struct wish *wish, struct error *err)
{
        const struct spec_mount plain = { .type = "cgroup2", .source = "cgroup" };
        struct wish settled = *wish;
        _cleanup_(io_closep) int tree = -1;
        char path[4200];
        int r;

        if (has_own_view(init)) {
                tree = make_filesystem(init, &plain, wish, "cgroup2", err);
        } else {
                snprintf(path, sizeof(path), "/sys/fs/cgroup%s", init->plan.cgroup ? init->plan.cgroup : "");
                tree = tree_clone(AT_FDCWD, path, false, err);
                settled.set |= MOUNT_ATTR_RDONLY;
        }
        if (tree < 0)
                return tree;
        r = settle(tree, &settled, false, err);
        return r < 0 ? r : put_at(init, tree, mount->destination, err);
}

static int mount_cgroup(const struct init *init, const struct spec_mount *mount, const struct wish *wish, struct error *err)
{
        const struct spec_mount base = { .type = "tmpfs", .source = "tmpfs" };
        struct wish fresh = { .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, .data = { "mode=755" },
                             .data_count = 1 };
        _cleanup_(io_closep) int tree = -1;
        int r;

        if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0)
                return mount_cgroup_v2(init, mount, wish, err);
        tree = make_filesystem(init, &base, &fresh, "tmpfs", err);
        if (tree < 0)
                return tree;
        r = put_at(init, tree, mount->destination, err);
        if (r >= 0)
                r = mount_hierarchies(init, mount->destination, wish, err);
        return r < 0 ? r : settle(tree, wish, true, err);
}

/* --- tmpfs -------------------------------------------------------------------------------------------------------------- */

static bool says(const struct wish *wish, const char *name)
{
        size_t length = strlen(name);

        for (size_t i = 0; i < wish->data_count; i++)
                if (strncmp(wish->data[i], name, length) == 0 && wish->data[i][length] == '=')
                        return true;
        return false;
}

/* A tmpfs that does not say its mode has that of the directory that it covers, where there is one: the incumbents have it so, and
 * a /root for everybody to write into would surprise. */
static int look_beneath(const struct init *init, const struct spec_mount *mount, const struct wish *wish, struct stat *ret,
                        struct error *err)
{
        _cleanup_(io_closep) int beneath = -1;
        int r;

        ret->st_mode = 0;
        if (wish->bind || !text_equal(mount->type, "tmpfs") || (says(wish, "mode") && !wish->copy_up))
                return 0;
        r = inroot_open_if_there(init->root, mount->destination, O_PATH, &beneath, err);
        if (r == INROOT_ABSENT)
                return 0;
        return r >= 0 && fstat(beneath, ret) < 0 ? error_errno(err, "looking at what it covers") : r;
}

/* What it begins with has its owners, and so has its top. */
static int take_after(int tree, const struct stat *beneath, const struct wish *wish, struct error *err)
{
        uid_t uid = says(wish, "uid") ? (uid_t)-1 : beneath->st_uid;
        gid_t gid = says(wish, "gid") ? (gid_t)-1 : beneath->st_gid;

        if (!S_ISDIR(beneath->st_mode))
                return 0;
        if (wish->copy_up && fchownat(tree, "", uid, gid, AT_EMPTY_PATH) < 0)
                return error_errno(err, "giving it the owner of what it covers");
        if (!says(wish, "mode") && fchmodat(tree, ".", beneath->st_mode & 07777, 0) < 0)
                return error_errno(err, "giving it the mode of what it covers");
        return 0;
}

/* --- all ---------------------------------------------------------------------------------------------------------------- */

static int mount_one(const struct init *init, const struct spec_mount *mount, struct error *err)
{
        _cleanup_(io_closep) int tree = -1, target = -1;
        struct stat beneath;
        struct wish wish;
        int r;

        r = wish_read(mount, &wish, err);
        if (r < 0)
                return r;
        if (!wish.bind && mount->type && (text_equal(mount->type, "cgroup") || text_equal(mount->type, "cgroup2")))
                return mount_cgroup(init, mount, &wish, err);

        tree = wish.bind ? make_bind(init, mount, &wish, err) : make_filesystem(init, mount, &wish, mount->type, err);
        if (tree < 0)
                return tree;
        r = look_beneath(init, mount, &wish, &beneath, err);
        if (r < 0)
                return r;
        target = open_target(init, mount, tree, err);
        if (target < 0)
                return target;
        r = wish.copy_up ? tree_copy_up(target, tree, err) : 0;
        if (r >= 0)
                r = take_after(tree, &beneath, &wish, err);
        if (r >= 0)
                r = settle(tree, &wish, !wish.bind, err);
        return r < 0 ? r : tree_put(tree, target, err);
}

int mounts_prepare(struct init *init, struct error *err)
{
        const struct doc_options *options = init->document.hosted_system->options;

        if (!options || !options->notify_directory)
                return 0;
        init->notify = open(options->notify_directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return init->notify < 0 ? error_errno(err, "opening %s", options->notify_directory) : 0;
}

/* Where the program says that it is ready. */
static int mount_notify(const struct init *init, struct error *err)
{
        _cleanup_(io_closep) int tree = -1;
        int r;

        if (init->notify < 0)
                return 0;
        tree = tree_clone(init->notify, "", false, err);
        if (tree < 0)
                return tree;
        r = tree_attributes(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0, false, err);
        return r < 0 ? r : put_at(init, tree, NOTIFY_PLACE, err);
}

int mounts_make(struct init *init, struct error *err)
{
        const struct spec *spec = init->spec;
        _cleanup_(io_closep) int cwd = -1;

        for (size_t i = 0; i < spec->mounts.count; i++)
                if (mount_one(init, &spec->mounts.items[i], err) < 0)
                        return error_wrap(err, "mounts[%zu], %s", i, spec->mounts.items[i].destination);

        if (mount_notify(init, err) < 0)
                return error_wrap(err, "the socket of notifications");

        /* Both incumbents make a working directory that is missing; here it is still made inside the root. */
        return inroot_make_directory(init->root, init->process->cwd, 0755, &cwd, err);
}
