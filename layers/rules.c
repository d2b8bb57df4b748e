#include "layers/rules.h"

#include <stddef.h>

#include "hcs/base/text.h"

const struct rules_fixed rules_places[] = {
        { "/home", "people's directories" }, { "/root", "root's own directory" }, { "/media", "other file systems" },
        { "/mnt", "other file systems" }, { "/boot", "the boot loader's" }, { "/efi", "the boot loader's" },
        { "/run", "sockets and state of what runs here" }, { "/tmp", "other programs' files" },
        { "/var/tmp", "other programs' files" }, { "/dev", "devices; a fresh one is mounted" },
        { "/proc", "processes; a fresh one is mounted" }, { "/sys", "the kernel; a fresh one is mounted" },
        { "/lost+found", "a file system's own" }, { "/var/log", "logs" }, { "/var/spool", "mail, print and job queues" },
        { "/var/mail", "mail" }, { "/var/backups", "backups of system files" }, { "/var/crash", "memory of crashed programs" },
        { "/var/lib/docker", "other containers" }, { "/var/lib/containers", "other containers" },
        { "/var/lib/containerd", "other containers" }, { "/var/lib/libvirt", "virtual machines" },
        { "/var/lib/kubelet", "other containers" }, { "/var/lib/lxc", "other containers" }, { "/var/lib/lxd", "other containers" },
        { "/var/lib/machines", "other containers" }, { "/var/lib/cloud", "what the cloud told this machine" },
        { "/var/lib/hcs-sandbox", "other sandboxes" }, { "/var/lib/systemd/coredump", "memory of crashed programs" },
        { "/swapfile", "memory that was paged out" }, { "/swap.img", "memory that was paged out" },
        { NULL, NULL },
};

const char *const rules_secret_roots[] = { "/etc", "/var", "/opt", "/srv", NULL };

bool rules_is_system_entry(const char *name)
{
        static const char *const entries[] = {
                "bin", "boot", "dev", "efi", "etc", "home", "lib", "lib32", "lib64", "libx32", "lost+found", "media", "mnt", "opt",
                "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var", "swapfile", "swap.img",
        };

        for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
                if (text_equal(name, entries[i]))
                        return true;
        return false;
}

bool rules_is_secret_name(const char *name)
{
        static const char *const names[] = {
                ".git-credentials", ".netrc", ".pgpass", ".my.cnf", ".npmrc", ".pypirc", ".dockercfg", "credentials.json",
                "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
        };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (text_equal(name, names[i]))
                        return true;
        return text_starts_with(name, "ssh_host_") && text_ends_with(name, "_key");
}
