#include "layers/rules.h"

#include "hcs/base/macros.h"
#include "hcs/base/text.h"

#define PEOPLE   "people's directories"
#define DISKS    "other file systems"
#define LOADER   "the boot loader's"
#define OTHERS   "other programs' files"
#define TENANTS  "other containers"
#define CRASHES  "memory of crashed programs"
#define SWAP     "memory that was paged out"

const struct rules_fixed rules_places[] = {
        { "/home", PEOPLE },
        { "/root", "root's own directory; a new one stands in for it" },
        { "/media", DISKS },
        { "/mnt", DISKS },
        { "/boot", LOADER },
        { "/efi", LOADER },
        { "/run", "sockets and state of what runs here" },
        { "/tmp", OTHERS },
        { "/var/tmp", OTHERS },
        { "/dev", "devices; a fresh one is mounted" },
        { "/proc", "processes; a fresh one is mounted" },
        { "/sys", "the kernel; a fresh one is mounted" },
        { "/lost+found", "a file system's own" },
        { "/var/log", "logs" },
        { "/var/spool", "mail, print and job queues" },
        { "/var/mail", "mail" },
        { "/var/backups", "backups of system files" },
        { "/var/crash", CRASHES },
        { "/var/lib/systemd/coredump", CRASHES },
        { "/var/cache/private", "state of services" },
        { "/var/lib/private", "state of services" },
        { "/var/cache/debconf/passwords.dat", "answers that were passwords" },
        { "/var/lib/docker", TENANTS },
        { "/var/lib/containers", TENANTS },
        { "/var/lib/containerd", TENANTS },
        { "/var/lib/kubelet", TENANTS },
        { "/var/lib/lxc", TENANTS },
        { "/var/lib/lxd", TENANTS },
        { "/var/lib/machines", TENANTS },
        { "/var/lib/hcs-sandbox", "other sandboxes" },
        { "/var/lib/libvirt", "virtual machines" },
        { "/var/lib/cloud", "what the cloud told this machine" },
        { "/swapfile", SWAP },
        { "/swap.img", SWAP },
        { NULL, NULL },
};

const char *const rules_secret_roots[] = { "/etc", "/var", "/opt", "/srv", NULL };

bool rules_is_system_entry(const char *name)
{
        static const char *const entries[] = {
                "bin", "boot", "dev", "efi", "etc", "gnu", "home", "lib", "lib32", "lib64", "libx32", "lost+found", "media", "mnt",
                "nix", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
        };

        for (size_t i = 0; i < ARRAY_LENGTH(entries); i++)
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

        for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
                if (text_equal(name, names[i]))
                        return true;
        return (text_starts_with(name, "ssh_host_") && text_ends_with(name, "_key")) || text_ends_with(name, ".keytab");
}
