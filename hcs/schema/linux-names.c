#include "hcs/schema/linux-names.h"

#include <stddef.h>
#include <string.h>

#include "hcs/base/macros.h"
#include "hcs/base/text.h"

static char upper(char c)
{
        return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Equal in any case, `b` in capitals. */
static bool same_word(const char *a, const char *b)
{
        while (*a && upper(*a) == *b) {
                a++;
                b++;
        }
        return *a == *b;
}

/* Behind an optional prefix in any case. */
static const char *behind(const char *word, const char *prefix)
{
        const char *at = word;

        while (*prefix && upper(*at) == *prefix) {
                at++;
                prefix++;
        }
        return *prefix ? word : at;
}

/* --- capabilities ------------------------------------------------------------------------------------------------------- */

static const char *const capabilities[] = {
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
        "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
        "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
};

int linux_capability_number(const char *name)
{
        name = behind(name, "CAP_");
        for (size_t i = 0; i < ARRAY_LENGTH(capabilities); i++)
                if (same_word(name, capabilities[i] + 4))
                        return (int)i;
        return -1;
}

const char *linux_capability_name(int number)
{
        return number >= 0 && (size_t)number < ARRAY_LENGTH(capabilities) ? capabilities[number] : NULL;
}

/* --- resource limits ---------------------------------------------------------------------------------------------------- */

static const char *const rlimits[] = {
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC",
        "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE",
        "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
};

int linux_rlimit_number(const char *name)
{
        for (size_t i = 0; i < ARRAY_LENGTH(rlimits); i++)
                if (strcmp(name, rlimits[i]) == 0)
                        return (int)i;
        return -1;
}

const char *linux_rlimit_name(int number)
{
        return number >= 0 && (size_t)number < ARRAY_LENGTH(rlimits) ? rlimits[number] : NULL;
}

/* --- signals (the numbers of x86, arm, powerpc, s390 and riscv) ----------------------------------------------------------- */

static const char *const signals[] = {
        NULL, "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
        "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR",
        "SYS",
};

#define REAL_TIME_FIRST 34
#define REAL_TIME_LAST  64

static int real_time_number(const char *word)
{
        const char *offset;
        uint32_t number = 0;

        offset = behind(word, "RTMIN");
        if (offset != word && (!*offset || (*offset == '+' && text_to_u32(offset + 1, &number) == 0)))
                return number <= REAL_TIME_LAST - REAL_TIME_FIRST ? REAL_TIME_FIRST + (int)number : -1;
        offset = behind(word, "RTMAX");
        if (offset != word && (!*offset || (*offset == '-' && text_to_u32(offset + 1, &number) == 0)))
                return number <= REAL_TIME_LAST - REAL_TIME_FIRST ? REAL_TIME_LAST - (int)number : -1;
        return -1;
}

int linux_signal_number(const char *text)
{
        static const struct { const char *name; int number; } others[] = { { "IOT", 6 }, { "CLD", 17 }, { "POLL", 29 } };
        const char *word = behind(text, "SIG");
        uint32_t number;

        if (text_to_u32(text, &number) == 0)
                return number <= REAL_TIME_LAST ? (int)number : -1;
        for (size_t i = 1; i < ARRAY_LENGTH(signals); i++)
                if (same_word(word, signals[i]))
                        return (int)i;
        for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
                if (same_word(word, others[i].name))
                        return others[i].number;
        return real_time_number(word);
}

const char *linux_signal_name(int number)
{
        return number > 0 && (size_t)number < ARRAY_LENGTH(signals) ? signals[number] : NULL;
}

/* --- mount options ------------------------------------------------------------------------------------------------------ */

/* MOUNT_ATTR_* of linux/mount.h and MS_* of the propagation kinds, by their values. */
enum {
        RDONLY = 0x1, NOSUID = 0x2, NODEV = 0x4, NOEXEC = 0x8, ATIME = 0x70, RELATIME = 0, NOATIME = 0x10, STRICTATIME = 0x20,
        NODIRATIME = 0x80, NOSYMFOLLOW = 0x200000,
        UNBINDABLE = 1 << 17, PRIVATE = 1 << 18, SLAVE = 1 << 19, SHARED = 1 << 20,
};

#define SET(n, b)       { .name = n, .kind = LINUX_MOUNT_SET, .bits = b }
#define CLEAR(n, b)     { .name = n, .kind = LINUX_MOUNT_CLEAR, .bits = b }
#define RSET(n, b)      { .name = n, .kind = LINUX_MOUNT_SET_RECURSIVE, .bits = b }
#define RCLEAR(n, b)    { .name = n, .kind = LINUX_MOUNT_CLEAR_RECURSIVE, .bits = b }
#define TIME(n, b)      { .name = n, .kind = LINUX_MOUNT_SET, .bits = b, .mask = ATIME }
#define RTIME(n, b)     { .name = n, .kind = LINUX_MOUNT_SET_RECURSIVE, .bits = b, .mask = ATIME }
#define SUPER(n, s)     { .name = n, .kind = LINUX_MOUNT_SUPER, .super = s }
#define SPREAD(n, b)    { .name = n, .kind = LINUX_MOUNT_PROPAGATION, .bits = b }, \
                        { .name = "r" n, .kind = LINUX_MOUNT_PROPAGATION_RECURSIVE, .bits = b }

const struct linux_mount_option linux_mount_options[] = {
        SET("ro", RDONLY), CLEAR("rw", RDONLY), SET("nosuid", NOSUID), CLEAR("suid", NOSUID), SET("nodev", NODEV),
        CLEAR("dev", NODEV), SET("noexec", NOEXEC), CLEAR("exec", NOEXEC), SET("nodiratime", NODIRATIME),
        CLEAR("diratime", NODIRATIME), SET("nosymfollow", NOSYMFOLLOW), CLEAR("symfollow", NOSYMFOLLOW),
        TIME("noatime", NOATIME), TIME("atime", RELATIME), TIME("relatime", RELATIME), TIME("norelatime", STRICTATIME),
        TIME("strictatime", STRICTATIME), TIME("nostrictatime", RELATIME),
        RSET("rro", RDONLY), RCLEAR("rrw", RDONLY), RSET("rnosuid", NOSUID), RCLEAR("rsuid", NOSUID), RSET("rnodev", NODEV),
        RCLEAR("rdev", NODEV), RSET("rnoexec", NOEXEC), RCLEAR("rexec", NOEXEC), RSET("rnodiratime", NODIRATIME),
        RCLEAR("rdiratime", NODIRATIME), RSET("rnosymfollow", NOSYMFOLLOW), RCLEAR("rsymfollow", NOSYMFOLLOW),
        RTIME("rnoatime", NOATIME), RTIME("ratime", RELATIME), RTIME("rrelatime", RELATIME), RTIME("rnorelatime", STRICTATIME),
        RTIME("rstrictatime", STRICTATIME), RTIME("rnostrictatime", RELATIME),
        { .name = "bind", .kind = LINUX_MOUNT_BIND }, { .name = "rbind", .kind = LINUX_MOUNT_RBIND },
        SPREAD("shared", SHARED), SPREAD("slave", SLAVE), SPREAD("private", PRIVATE), SPREAD("unbindable", UNBINDABLE),
        SUPER("sync", "sync"), SUPER("async", "async"), SUPER("dirsync", "dirsync"), SUPER("mand", "mand"),
        SUPER("nomand", "nomand"), SUPER("lazytime", "lazytime"), SUPER("nolazytime", "nolazytime"), SUPER("defaults", NULL),
        SUPER("silent", NULL), SUPER("loud", NULL), SUPER("iversion", NULL), SUPER("noiversion", NULL), SUPER("remount", NULL),
        SUPER("acl", NULL), SUPER("noacl", NULL),
        { .name = "tmpcopyup", .kind = LINUX_MOUNT_COPY_UP },
        { .name = "idmap", .kind = LINUX_MOUNT_IDMAP }, { .name = "ridmap", .kind = LINUX_MOUNT_RIDMAP },
        { .name = NULL },
};

const struct linux_mount_option *linux_mount_option_find(const char *name)
{
        for (const struct linux_mount_option *option = linux_mount_options; option->name; option++)
                if (strcmp(option->name, name) == 0)
                        return option;
        return NULL;
}
