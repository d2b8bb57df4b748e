#include "hcs/local/criu-image.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/local/cgroup-kinds.h"
#include "hcs/local/mountinfo.h"
#include "hcs/schema/linux-names.h"

#define STREAMS_MAX (64u << 10)

/* --- settings, directories --------------------------------------------------------------------------------------------------- */

static bool owns_network(const struct spec *spec)
{
        const struct spec_namespace *network = spec_namespace_find(spec, SPEC_NAMESPACE_NETWORK);

        return network && !network->path;
}

static void add_flag(struct text *out, enum criu_option option, bool set)
{
        if (set)
                criu_add_number(out, option, 1);
}

/* Devices and addresses of a network namespace are whose made them: it is restored empty. */
void criu_add_settings(struct text *out, const struct doc_save_settings *settings, const struct spec *spec)
{
        static const int modes[DOC_SAVED_CGROUPS_END] = {
                CRIU_CGROUPS_SOFT, [DOC_SAVED_CGROUPS_SOFT] = CRIU_CGROUPS_SOFT, [DOC_SAVED_CGROUPS_FULL] = CRIU_CGROUPS_FULL,
                [DOC_SAVED_CGROUPS_STRICT] = CRIU_CGROUPS_STRICT, [DOC_SAVED_CGROUPS_IGNORE] = CRIU_CGROUPS_IGNORE,
        };
        const char *config = spec_annotation(spec, "org.criu.config");

        criu_add_number(out, CRIU_LOG_LEVEL, 4);
        criu_add_number(out, CRIU_MANAGE_CGROUPS, 1);
        criu_add_number(out, CRIU_MANAGE_CGROUPS_MODE, (uint64_t)modes[settings->cgroups]);
        criu_add_number(out, CRIU_ORPHAN_PTS_MASTER, 1);
        add_flag(out, CRIU_TCP_ESTABLISHED, settings->tcp_established);
        add_flag(out, CRIU_TCP_CLOSE, settings->tcp_close);
        add_flag(out, CRIU_EXT_UNIX_SK, settings->external_sockets);
        add_flag(out, CRIU_SHELL_JOB, settings->shell_job);
        add_flag(out, CRIU_FILE_LOCKS, settings->file_locks);
        add_flag(out, CRIU_AUTO_DEDUP, settings->auto_dedup);
        add_flag(out, CRIU_LINK_REMAP, settings->link_remap);
        if (owns_network(spec))
                criu_add_number(out, CRIU_EMPTY_NS, CLONE_NEWNET);
        if (config && *config)
                criu_add_text(out, CRIU_CONFIG_FILE, config);
}

int criu_open_directories(const char *image, const char *work, bool make, struct criu_directories *ret, struct text *out,
                          struct error *err)
{
        int r = make ? io_make_directories(image, 0700, err) : 0;

        if (r >= 0 && work)
                r = io_make_directories(work, 0700, err);
        if (r < 0)
                return r;
        ret->image = open(image, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (ret->image < 0)
                return error_errno(err, "opening %s", image);
        ret->log_path = work ? work : image;
        criu_add_number(out, CRIU_IMAGES_DIR_FD, CRIU_IMAGE);
        criu_add_number(out, CRIU_WORK_DIR_FD, CRIU_WORK);
        return 0;
}

void criu_directories_done(struct criu_directories *directories)
{
        io_closep(&directories->image);
}

/* --- mounts: saved --------------------------------------------------------------------------------------------------------------- */

static bool is_bind(const struct spec_mount *mount)
{
        if (mount->type && text_equal(mount->type, "bind"))
                return true;
        for (size_t i = 0; i < mount->options.count; i++) {
                const struct linux_mount_option *option = linux_mount_option_find(mount->options.items[i]);

                if (option && (option->kind == LINUX_MOUNT_BIND || option->kind == LINUX_MOUNT_RBIND))
                        return true;
        }
        return false;
}

/* The number of the mount that a descriptor lies on; 0: not told. */
static uint32_t mount_id(const char *process, int fd)
{
        _cleanup_(text_done) struct text text = { 0 };
        struct error ignored = { 0 };
        char path[64];
        const char *at;

        (void)snprintf(path, sizeof(path), "/proc/%s/fdinfo/%d", process, fd);
        if (io_read_file(path, STREAMS_MAX, &text, &ignored) < 0 || !text.data)
                return 0;
        at = strstr(text.data, "mnt_id:");
        return at ? (uint32_t)strtoul(at + strlen("mnt_id:"), NULL, 10) : 0;
}

static const struct mountinfo_line *find_mount(const mountinfo *mounts, uint32_t id)
{
        for (size_t i = 0; i < mounts->count; i++)
                if (mounts->items[i].id == id)
                        return &mounts->items[i];
        return NULL;
}

static int add_external(struct arena *arena, struct text *out, struct error *err, const char *inside, const char *outside)
{
        const char *entry = arena_printf(arena, "mnt[%s]:%s", inside, outside);

        if (!entry)
                return error_memory(err);
        criu_add_text(out, CRIU_EXTERNAL, entry);
        return 0;
}

/* The mount on which a destination lies now.  One that the program has taken away is nobody's business. */
static int add_bind(struct arena *arena, int root, const mountinfo *mounts, const char *destination, bool *done, struct text *out,
                    struct error *err)
{
        _cleanup_(io_closep) int fd = -1;
        const struct mountinfo_line *mount;
        int r = inroot_open_if_there(root, destination, O_PATH, &fd, err);

        if (r != 0)
                return r == INROOT_ABSENT ? 0 : r;
        mount = find_mount(mounts, mount_id("self", fd));
        if (!mount || text_equal(mount->place, "/") || done[mount - mounts->items])
                return 0;
        done[mount - mounts->items] = true;
        return add_external(arena, out, err, mount->place, destination);
}

/* Devices and masks from the host's /dev, and groups where there is no cgroup namespace. */
static int add_host_mount(struct arena *arena, const struct spec *spec, const struct mountinfo_line *mount, dev_t devices,
                          struct text *out, struct error *err)
{
        bool v1 = text_equal(mount->type, "cgroup"), v2 = text_equal(mount->type, "cgroup2");
        const char *key = NULL;

        if (mount->device == devices && !text_equal(mount->root, "/"))
                key = arena_printf(arena, "host:%s", mount->root);
        else if ((v1 || v2) && !spec_namespace_find(spec, SPEC_NAMESPACE_CGROUP))
                key = arena_printf(arena, "cgroup:%s", v2 ? "unified" : path_name(mount->place));
        else
                return 0;
        return key ? add_external(arena, out, err, mount->place, key) : error_memory(err);
}

int criu_add_saved_mounts(struct arena *arena, pid_t pid, const struct spec *spec, struct text *out, struct error *err)
{
        _cleanup_(io_closep) int root = -1;
        struct stat null;
        mountinfo mounts;
        char path[64];
        bool *done;
        int r = mountinfo_read(arena, pid, &mounts, err);

        if (r < 0)
                return r;
        done = arena_alloc_array(arena, mounts.count + 1, sizeof(*done));
        if (!done)
                return error_memory(err);
        (void)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
        root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0 || stat("/dev/null", &null) < 0)
                return error_errno(err, "opening %s", root < 0 ? path : "/dev/null");

        for (size_t i = 0; r >= 0 && i < spec->mounts.count; i++)
                if (is_bind(&spec->mounts.items[i]))
                        r = add_bind(arena, root, &mounts, spec->mounts.items[i].destination, done, out, err);
        for (size_t i = 0; r >= 0 && i < mounts.count; i++)
                if (!done[i])
                        r = add_host_mount(arena, spec, &mounts.items[i], null.st_dev, out, err);
        return r < 0 ? r : text_check(out, err);
}

/* --- mounts: restored ------------------------------------------------------------------------------------------------------------ */

static int add_group(struct arena *arena, const char *key, const char *mount, const char *path, struct text *out, struct error *err)
{
        char directory[CGROUP_PATH_MAX];
        const char *name = arena_printf(arena, "cgroup:%s", key);

        cgroup_directory(mount, path, directory);
        return name ? add_external(arena, out, err, name, directory) : error_memory(err);
}

static int add_groups(struct arena *arena, const struct cgroup *cgroup, struct text *out, struct error *err)
{
        int r = 0;

        if (cgroup->path && cgroup->tree->version == CGROUP_V2)
                return add_group(arena, "unified", cgroup->tree->unified, cgroup->path, out, err);
        for (int i = 0; cgroup->path && r >= 0 && i < CGROUP_CONTROLLER_COUNT; i++)
                if (cgroup->tree->mount[i])
                        r = add_group(arena, path_name(cgroup->tree->mount[i]), cgroup->tree->mount[i], cgroup->path, out, err);
        return r;
}

static int add_device(struct arena *arena, const char *name, struct text *out, struct error *err)
{
        const char *key = arena_printf(arena, "host:/%s", name), *path = arena_printf(arena, "/dev/%s", name);

        return key && path ? add_external(arena, out, err, key, path) : error_memory(err);
}

static int add_devices(struct arena *arena, const struct spec *spec, struct text *out, struct error *err)
{
        static const char *const standard[] = { "null", "zero", "full", "random", "urandom", "tty" };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_LENGTH(standard); i++)
                r = add_device(arena, standard[i], out, err);
        for (size_t i = 0; r >= 0 && i < spec->linux_->devices.count; i++)
                if (text_starts_with(spec->linux_->devices.items[i].path, "/dev/"))
                        r = add_device(arena, spec->linux_->devices.items[i].path + strlen("/dev/"), out, err);
        return r;
}

int criu_add_restored_mounts(struct arena *arena, const struct doc_hosted_system *hosted, const struct cgroup *cgroup,
                             struct text *out, struct error *err)
{
        const struct spec *spec = hosted->oci_specification;
        int r = add_devices(arena, spec, out, err);

        for (size_t i = 0; r >= 0 && i < spec->mounts.count; i++) {
                const struct spec_mount *mount = &spec->mounts.items[i];
                _cleanup_(free_charp) char *source = NULL;

                if (!is_bind(mount))
                        continue;
                if (mount->source && *mount->source == '/')
                        source = strdup(mount->source);
                else
                        r = path_join(hosted->oci_bundle_path, mount->source ? mount->source : "", &source, err);
                if (r >= 0)
                        r = source ? add_external(arena, out, err, mount->destination, source) : error_memory(err);
        }
        return r < 0 ? r : add_groups(arena, cgroup, out, err);
}

/* --- namespaces -------------------------------------------------------------------------------------------------------------- */

/* CRIU takes these two as they are; all others are joined before the first process is there. */
static const char *key_of(int kind)
{
        return kind == SPEC_NAMESPACE_NETWORK ? "extRootNetNS" : kind == SPEC_NAMESPACE_PID ? "extRootPidNS" : NULL;
}

static const char *name_of(int kind)
{
        return kind == SPEC_NAMESPACE_NETWORK ? "net" : kind == SPEC_NAMESPACE_MOUNT ? "mnt" : spec_namespace_names[kind - 1];
}

int criu_add_saved_namespaces(pid_t pid, const struct spec *spec, struct text *out, struct error *err)
{
        for (size_t i = 0; i < spec->linux_->namespaces.count; i++) {
                const struct spec_namespace *namespace = &spec->linux_->namespaces.items[i];
                const char *key = namespace->path ? key_of(namespace->kind) : NULL;
                char path[64], entry[64];
                struct stat there;

                if (!key)
                        continue;
                (void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name_of(namespace->kind));
                if (stat(path, &there) < 0)             /* what it was joined by may be gone */
                        return error_errno(err, "looking at the namespace %s", path);
                (void)snprintf(entry, sizeof(entry), "%s[%llu]:%s", name_of(namespace->kind), (unsigned long long)there.st_ino, key);
                criu_add_text(out, CRIU_EXTERNAL, entry);
        }
        return 0;
}

int criu_add_restored_namespaces(const struct spec *spec, struct criu_launch *launch, struct text *out, struct error *err)
{
        for (size_t i = 0; i < spec->linux_->namespaces.count; i++) {
                const struct spec_namespace *namespace = &spec->linux_->namespaces.items[i];
                int fd;

                if (!namespace->path)
                        continue;
                if (namespace->kind == SPEC_NAMESPACE_CGROUP)
                        return error_set(err, E_NOT_SUPPORTED, "linux.namespaces[%zu]: criu joins no cgroup namespace", i);
                if (!key_of(namespace->kind)) {
                        criu_add_pair(out, CRIU_JOIN_NS, name_of(namespace->kind), namespace->path);
                        continue;
                }
                fd = open(namespace->path, O_RDONLY | O_CLOEXEC);
                if (fd < 0)
                        return error_errno(err, "linux.namespaces[%zu]: opening %s", i, namespace->path);
                criu_add_pair_number(out, CRIU_INHERIT_FD, key_of(namespace->kind), CRIU_FIRST_FD + launch->more_count);
                launch->more[launch->more_count++] = fd;
        }
        return 0;
}

/* --- streams ---------------------------------------------------------------------------------------------------------------------- */

/* What a stream leads to.  A file that none of the sandbox's mounts has is known by its mount and number, and must be said to lie
 * outside. */
static int describe_stream(struct arena *arena, pid_t pid, int stream, const mountinfo *mounts, const char **ret, bool *ret_outside,
                           struct error *err)
{
        char process[16], path[64], target[4096];
        struct stat there;
        uint32_t mount;
        ssize_t n;

        *ret_outside = false;
        (void)snprintf(process, sizeof(process), "%d", (int)pid);
        (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, stream);
        n = readlink(path, target, sizeof(target) - 1);
        target[n > 0 ? n : 0] = '\0';
        mount = mount_id(process, stream);
        if (*target == '/' && mount && !find_mount(mounts, mount) && stat(path, &there) == 0) {
                *ret = arena_printf(arena, "file[%x:%llx]", mount, (unsigned long long)there.st_ino);
                *ret_outside = true;
        } else {
                *ret = arena_copy(arena, target);
        }
        return *ret ? 0 : error_memory(err);
}

int criu_add_saved_streams(struct arena *arena, pid_t pid, struct text *out, struct text *ret, struct error *err)
{
        mountinfo mounts;
        int r = mountinfo_read(arena, pid, &mounts, err);

        for (int i = 0; r >= 0 && i < 3; i++) {
                const char *stream;
                bool outside;

                r = describe_stream(arena, pid, i, &mounts, &stream, &outside, err);
                if (r < 0)
                        return r;
                if (outside)
                        criu_add_text(out, CRIU_EXTERNAL, stream);
                text_add_char(ret, i ? ',' : '[');
                json_write_string(ret, stream);
        }
        text_add(ret, "]\n");
        return r < 0 ? r : text_check(ret, err);
}

int criu_add_restored_streams(int image, struct text *out, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct json_value *value;
        int r;

        if (faccessat(image, CRIU_STREAMS_FILE, F_OK, 0) < 0)
                return error_set(err, E_INVALID_DATA, "the image is not whole: it has no " CRIU_STREAMS_FILE);
        r = io_read_file_at(image, CRIU_STREAMS_FILE, STREAMS_MAX, &text, err);
        if (r >= 0)
                r = json_parse(&arena, text.data ? text.data : "", text.length, CRIU_STREAMS_FILE, &value, err);
        if (r < 0)
                return r;
        if (value->type != JSON_ARRAY || value->count > 3)
                return error_set(err, E_INVALID_DATA, CRIU_STREAMS_FILE ": expected an array of up to three strings");
        for (size_t i = 0; i < value->count; i++) {
                const struct json_value *stream = &value->items[i];

                if (stream->type == JSON_STRING && (text_starts_with(stream->text, "pipe:") || text_starts_with(stream->text, "file[")))
                        criu_add_pair_number(out, CRIU_INHERIT_FD, stream->text, i);
        }
        return 0;
}
