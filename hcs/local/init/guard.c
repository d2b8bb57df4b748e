/* A scratch whose limit is a project quota: whoever owns a file may take it out of its project (FS_IOC_FSSETXATTR, file_setattr), or keep
 * what is made in a directory from belonging to one (FS_IOC_SETFLAGS), and the owner of all files is root in here.  An overlay passes
 * these on (seen with Linux 6.1).  So they are refused, as a file system refuses them that has no such attributes; what they hold
 * besides, chattr's flags, can't be told apart, since it lies in memory.
 *
 * Loaded while we may: before the capabilities go. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hcs/local/init/init.h"

#define FILE_SETATTR 469                /* Linux 6.17; the same everywhere but on alpha */
#define X32 0x40000000u
#define SET_FLAGS_32 0x40046602u        /* FS_IOC32_SETFLAGS, of programs of 32 bits */

/* ioctl's number is 16, of x32 514, of i386, arm, powerpc and s390 54, and 29 for all that came later.  The architecture need not be
 * looked at: what else these numbers are has no second argument of these values. */
static const struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~X32),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILE_SETATTR, 10, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 16, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 29, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 54, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 514, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)FS_IOC_FSSETXATTR, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)FS_IOC_SETFLAGS, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SET_FLAGS_32, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
};

int guard_install(struct error *err)
{
        const struct sock_fprog loaded = { .len = ARRAY_LENGTH(program), .filter = (struct sock_filter *)(uintptr_t)program };

        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded) < 0)
                return error_errno(err, "keeping the program's files in the project that limits the scratch");
        return 0;
}
