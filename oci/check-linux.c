/* The rules of the section `linux` that are in no other file: devices, paths, the cgroup, and what comes later. */
#include <string.h>

#include "hcs/base/text.h"
#include "hcs/schema/seccomp.h"
#include "oci/check.h"

#define MAJOR_MAX 4095
#define MINOR_MAX 1048575
#define DEVICE_NAME_SIZE 16             /* IFNAMSIZ, with the NUL */
#define MODE_BITS 0177777               /* permissions, and the type bits that podman sends along */

static int check_device(const struct check *check, const struct spec_device *device)
{
        if (!text_equal(device->type, "c") && !text_equal(device->type, "u") && !text_equal(device->type, "b") &&
            !text_equal(device->type, "p"))
                return check_refuse(check, "type: found \"%.40s\"; expected \"c\" or \"u\" (character), \"b\" (block) "
                                    "or \"p\" (fifo)", device->type);
        if (check_absolute(check, "path", device->path) < 0)
                return check->err->code;
        if (device->file_mode && *device->file_mode & ~(uint32_t)MODE_BITS)
                return check_refuse(check, "fileMode: found %u; expected a number from 0 to 511 (0777)",
                                    *device->file_mode);
        if (text_equal(device->type, "p"))
                return 0;
        /* 0 is also what an absent one reads as; no device has it, but 0:0 would be an overlay's whiteout. */
        if (device->major < 1 || device->major > MAJOR_MAX)
                return check_refuse(check, "major: %s; expected a number from 1 to %d",
                                    device->major == 0 ? "missing or 0" : "out of range", MAJOR_MAX);
        if (device->minor < 0 || device->minor > MINOR_MAX)
                return check_refuse(check, "minor: found %lld; expected a number from 0 to %d",
                                    (long long)device->minor, MINOR_MAX);
        return 0;
}

static int check_devices(const struct check *check)
{
        const struct spec_linux *linux_ = check->spec->linux_;

        for (size_t i = 0; i < linux_->devices.count; i++) {
                const struct check here = check_item(check, "linux.devices", i);
                int r = check_device(&here, &linux_->devices.items[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int check_paths(const struct check *check, const char *at, const struct strings *paths)
{
        for (size_t i = 0; i < paths->count; i++)
                if (*paths->items[i] != '/')
                        return check_refuse(check, "%s[%zu]: found \"%.200s\"; expected an absolute path", at, i,
                                            paths->items[i]);
        return 0;
}

/* "SLICE:PREFIX:NAME" is systemd's way to say where: whether systemd is to be asked, the caller says. */
static int check_cgroup(const struct check *check, const char *path)
{
        if (!check_is_given(path))
                return 0;
        if (check_has_part(path, "..") || check_has_part(path, ".") || check_has_control(path))
                return check_refuse(check, "linux.cgroupsPath: found \"%.200s\"; expected a path without \".\" and "
                                    "\"..\"", path);
        /* The sandbox's group is emptied by force and removed in the end. */
        if (!path[strspn(path, "/")])
                return check_refuse(check, "linux.cgroupsPath: found \"%.200s\", the group that everything is in; "
                                    "expected one of the sandbox's own", path);
        return 0;
}

static int check_propagation(const struct check *check, const char *word)
{
        static const char *const words[] = {
                "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable",
        };

        if (!check_is_given(word))
                return 0;
        for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
                if (text_equal(words[i], word))
                        return 0;
        return check_refuse(check, "linux.rootfsPropagation: found \"%.60s\"; expected private, slave, shared or "
                            "unbindable, with or without an \"r\" in front", word);
}

/* As the kernel's dev_valid_name(). */
static bool is_device_name(const char *name)
{
        size_t length = strlen(name);

        return length > 0 && length < DEVICE_NAME_SIZE && !text_equal(name, ".") && !text_equal(name, "..") &&
               !name[strcspn(name, "/: \t\n\v\f\r")];
}

static const char *name_inside(const spec_net_devices *devices, size_t i)
{
        const char *name = devices->items[i].value.name;

        return check_is_given(name) ? name : devices->items[i].key;
}

static int check_net_devices(const struct check *check, const spec_net_devices *devices)
{
        if (devices->count > 0 && !spec_namespace_find(check->spec, SPEC_NAMESPACE_NETWORK))
                return check_refuse(check, "linux.netDevices: found without a \"network\" namespace; add {\"type\": \"network\"} to "
                                    "linux.namespaces");
        for (size_t i = 0; i < devices->count; i++) {
                if (!is_device_name(devices->items[i].key) || !is_device_name(name_inside(devices, i)))
                        return check_refuse(check, "linux.netDevices.%.60s: \"%.60s\" is no name of a network device",
                                            devices->items[i].key,
                                            is_device_name(devices->items[i].key) ? name_inside(devices, i) : devices->items[i].key);
                for (size_t k = 0; k < i; k++)
                        if (text_equal(name_inside(devices, i), name_inside(devices, k)))
                                return check_refuse(check, "linux.netDevices.%.60s: \"%.60s\" is to be the name of two devices",
                                                    devices->items[i].key, name_inside(devices, i));
        }
        return 0;
}

static int check_supported(const struct check *check)
{
        const struct spec_linux *linux_ = check->spec->linux_;
        const struct check place = check_member(check, "linux");
        int r = check_intel_rdt(check, linux_->intel_rdt);

        return r < 0 ? r : check_linux_settings(&place, linux_);
}

static int check_seccomp(const struct check *check, const struct json_value *value)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct seccomp_section section = { 0 };
        int r;

        if (!check_is_full(value))
                return 0;
        r = json_read(&arena, seccomp_fields, value, &section, "linux.seccomp", JSON_IGNORE_UNKNOWN, check->err);
        return r < 0 ? r : seccomp_section_check(&section, check->err);
}

int check_linux(const struct check *check)
{
        const struct spec_linux *linux_ = check->spec->linux_;
        int r;

        if (!linux_)
                return check_refuse(check, "linux: missing; expected at least its namespaces, with {\"type\": "
                                    "\"mount\"}");
        r = check_namespaces(check);
        if (r >= 0)
                r = check_sysctl(check);
        if (r >= 0)
                r = check_devices(check);
        if (r >= 0)
                r = check_cgroup(check, linux_->cgroups_path);
        if (r >= 0)
                r = check_resources(check, linux_->resources);
        if (r >= 0)
                r = check_propagation(check, linux_->rootfs_propagation);
        if (r >= 0)
                r = check_paths(check, "linux.maskedPaths", &linux_->masked_paths);
        if (r >= 0)
                r = check_paths(check, "linux.readonlyPaths", &linux_->readonly_paths);
        if (r >= 0)
                r = check_seccomp(check, linux_->seccomp);
        if (r >= 0)
                r = check_net_devices(check, &linux_->net_devices);
        return r < 0 ? r : check_supported(check);
}
