/* Linux's numbers are written down in linux-names.c, for systems that are none; here they are held against the headers. */
#include "hcs/schema/linux-names.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "hcs/base/macros.h"

Test(schema_linux_names, knows_capabilities_by_the_kernels_numbers)
{
        cr_expect(eq(int, linux_capability_number("CAP_CHOWN"), CAP_CHOWN));
        cr_expect(eq(int, linux_capability_number("CAP_NET_BIND_SERVICE"), CAP_NET_BIND_SERVICE));
        cr_expect(eq(int, linux_capability_number("CAP_SYS_ADMIN"), CAP_SYS_ADMIN));
        cr_expect(eq(int, linux_capability_number("CAP_MKNOD"), CAP_MKNOD));
        cr_expect(eq(int, linux_capability_number("CAP_SETFCAP"), CAP_SETFCAP));
        cr_expect(eq(int, linux_capability_number("CAP_AUDIT_READ"), CAP_AUDIT_READ));
        cr_expect(eq(int, linux_capability_number("CAP_CHECKPOINT_RESTORE"), CAP_CHECKPOINT_RESTORE));
        for (int number = 0; number <= CAP_LAST_CAP; number++) {
                cr_assert(ne(ptr, (void *)linux_capability_name(number), NULL), "%d", number);
                cr_expect(eq(int, linux_capability_number(linux_capability_name(number)), number));
        }
        cr_expect(eq(ptr, (void *)linux_capability_name(41), NULL));
        cr_expect(eq(ptr, (void *)linux_capability_name(-1), NULL));
}

Test(schema_linux_names, takes_capabilities_in_any_case_and_without_prefix)
{
        cr_expect(eq(int, linux_capability_number("cap_kill"), CAP_KILL));
        cr_expect(eq(int, linux_capability_number("Kill"), CAP_KILL));
        cr_expect(eq(int, linux_capability_number("CAP_"), -1));
        cr_expect(eq(int, linux_capability_number(""), -1));
        cr_expect(eq(int, linux_capability_number("CAP_KIL"), -1));
        cr_expect(eq(int, linux_capability_number("CAP_KILLS"), -1));
        cr_expect(eq(int, linux_capability_number("CAP_CAP_KILL"), -1));
}

Test(schema_linux_names, knows_limits_by_the_kernels_numbers)
{
        static const struct { const char *name; int number; } rows[] = {
                { "RLIMIT_CPU", RLIMIT_CPU }, { "RLIMIT_FSIZE", RLIMIT_FSIZE }, { "RLIMIT_DATA", RLIMIT_DATA },
                { "RLIMIT_STACK", RLIMIT_STACK }, { "RLIMIT_CORE", RLIMIT_CORE }, { "RLIMIT_RSS", RLIMIT_RSS },
                { "RLIMIT_NPROC", RLIMIT_NPROC }, { "RLIMIT_NOFILE", RLIMIT_NOFILE }, { "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
                { "RLIMIT_AS", RLIMIT_AS }, { "RLIMIT_LOCKS", RLIMIT_LOCKS }, { "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
                { "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE }, { "RLIMIT_NICE", RLIMIT_NICE }, { "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
                { "RLIMIT_RTTIME", RLIMIT_RTTIME },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
                cr_expect(eq(int, linux_rlimit_number(rows[i].name), rows[i].number), "%s", rows[i].name);
                cr_expect(eq(str, (char *)linux_rlimit_name(rows[i].number), (char *)rows[i].name));
        }
        cr_expect(eq(int, linux_rlimit_number("NOFILE"), -1));
        cr_expect(eq(int, linux_rlimit_number("RLIMIT_"), -1));
        cr_expect(eq(ptr, (void *)linux_rlimit_name(16), NULL));
}

Test(schema_linux_names, knows_signals_by_name_and_number)
{
        static const struct { const char *text; int number; } rows[] = {
                { "TERM", SIGTERM }, { "SIGTERM", SIGTERM }, { "sigterm", SIGTERM }, { "15", 15 }, { "9", SIGKILL }, { "0", 0 },
                { "HUP", SIGHUP }, { "USR1", SIGUSR1 }, { "USR2", SIGUSR2 }, { "CHLD", SIGCHLD }, { "CLD", SIGCHLD },
                { "IOT", SIGIOT }, { "POLL", SIGPOLL }, { "SYS", SIGSYS }, { "STKFLT", SIGSTKFLT }, { "WINCH", SIGWINCH },
                { "64", 64 }, { "RTMIN", 34 }, { "SIGRTMIN+3", 37 }, { "rtmin+0", 34 }, { "RTMAX", 64 }, { "SIGRTMAX-14", 50 },
                { "65", -1 }, { "-1", -1 }, { "", -1 }, { "SIG", -1 }, { "BOGUS", -1 }, { "TERMINATE", -1 }, { "9x", -1 },
                { " 9", -1 }, { "RTMIN+31", -1 }, { "RTMIN-1", -1 }, { "RTMAX-31", -1 }, { "RTMAX+1", -1 }, { "RTMIN+", -1 },
                { "SIGSIGTERM", -1 }, { "4294967305", -1 },
        };

        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
                cr_expect(eq(int, linux_signal_number(rows[i].text), rows[i].number), "\"%s\"", rows[i].text);
        for (int number = 1; number < 32; number++) {
                cr_assert(ne(ptr, (void *)linux_signal_name(number), NULL));
                cr_expect(eq(int, linux_signal_number(linux_signal_name(number)), number));
                cr_expect(eq(str, (char *)linux_signal_name(number), (char *)(number == SIGIO ? "IO" : sigabbrev_np(number))));
        }
        cr_expect(eq(ptr, (void *)linux_signal_name(0), NULL));
        cr_expect(eq(ptr, (void *)linux_signal_name(34), NULL));
}

static void expect_option(const char *name, enum linux_mount_option_kind kind, uint64_t bits)
{
        const struct linux_mount_option *option = linux_mount_option_find(name);

        cr_assert(ne(ptr, (void *)option, NULL), "%s", name);
        cr_expect(eq(int, (int)option->kind, (int)kind), "%s", name);
        cr_expect(eq(u64, option->bits, bits), "%s", name);
}

Test(schema_linux_names, knows_mount_options_by_the_kernels_bits)
{
        expect_option("ro", LINUX_MOUNT_SET, MOUNT_ATTR_RDONLY);
        expect_option("rw", LINUX_MOUNT_CLEAR, MOUNT_ATTR_RDONLY);
        expect_option("nosuid", LINUX_MOUNT_SET, MOUNT_ATTR_NOSUID);
        expect_option("dev", LINUX_MOUNT_CLEAR, MOUNT_ATTR_NODEV);
        expect_option("noexec", LINUX_MOUNT_SET, MOUNT_ATTR_NOEXEC);
        expect_option("nodiratime", LINUX_MOUNT_SET, MOUNT_ATTR_NODIRATIME);
        expect_option("nosymfollow", LINUX_MOUNT_SET, 0x00200000);
        expect_option("noatime", LINUX_MOUNT_SET, MOUNT_ATTR_NOATIME);
        expect_option("strictatime", LINUX_MOUNT_SET, MOUNT_ATTR_STRICTATIME);
        expect_option("relatime", LINUX_MOUNT_SET, MOUNT_ATTR_RELATIME);
        expect_option("rro", LINUX_MOUNT_SET_RECURSIVE, MOUNT_ATTR_RDONLY);
        expect_option("rrw", LINUX_MOUNT_CLEAR_RECURSIVE, MOUNT_ATTR_RDONLY);
        expect_option("rnosuid", LINUX_MOUNT_SET_RECURSIVE, MOUNT_ATTR_NOSUID);
        expect_option("private", LINUX_MOUNT_PROPAGATION, MS_PRIVATE);
        expect_option("rslave", LINUX_MOUNT_PROPAGATION_RECURSIVE, MS_SLAVE);
        expect_option("shared", LINUX_MOUNT_PROPAGATION, MS_SHARED);
        expect_option("runbindable", LINUX_MOUNT_PROPAGATION_RECURSIVE, MS_UNBINDABLE);
        cr_expect(eq(u64, linux_mount_option_find("noatime")->mask, MOUNT_ATTR__ATIME), "the kinds of atime exclude each other");
        cr_expect(eq(u64, linux_mount_option_find("rrelatime")->mask, MOUNT_ATTR__ATIME));
        cr_expect(eq(int, (int)linux_mount_option_find("rbind")->kind, LINUX_MOUNT_RBIND));
        cr_expect(eq(ptr, (void *)linux_mount_option_find("size=64k"), NULL));
        cr_expect(eq(ptr, (void *)linux_mount_option_find(""), NULL));
        cr_expect(eq(ptr, (void *)linux_mount_option_find("RO"), NULL));
}

Test(schema_linux_names, has_each_mount_option_once)
{
        size_t count = 0;

        for (const struct linux_mount_option *option = linux_mount_options; option->name; option++, count++)
                cr_expect(eq(ptr, (void *)linux_mount_option_find(option->name), (void *)option), "%s is there twice",
                          option->name);
        cr_expect(gt(sz, count, 50));
}
