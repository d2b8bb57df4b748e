#include "layers/scratch-project.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "layers/scratch.h"

#define LOCK "/run/hcs-sandbox.projects"
#define FIRST 0x40000000u               /* what people and other programs choose by hand is smaller; ours end with INT32_MAX */
#define TRIES_MAX 1000
#define BASIC_BLOCK 512u                /* the unit of fs_disk_quota */
#define BYTES_OF_FILE 4096u             /* one more file for so many bytes: the inodes of the disk are everybody's */
#define FILES_MIN 1024u

/* The calls of xfs, which the kernel translates for the others. */
static int quota(int fd, int command, uint32_t project, void *argument)
{
        return sys_quotactl_fd(fd, QCMD(command, PRJQUOTA), project, argument);
}

bool scratch_project_is_enforced(const char *path)
{
        struct fs_quota_statv state = { .qs_version = FS_QSTATV_VERSION1 };
        _cleanup_(free_charp) char *there = strdup(path);
        _cleanup_(io_closep) int dir = -1;
        char *slash;

        while (there && (dir = open(there, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 && errno == ENOENT &&
               (slash = strrchr(there, '/')) && there[1])
                slash[slash == there] = '\0';
        return dir >= 0 && quota(dir, Q_XGETQSTATV, 0, &state) == 0 && (state.qs_flags & FS_QUOTA_PDQ_ENFD);
}

/* xfs has nothing of a number that was never used, ext4 has zeros. */
static bool is_free(int dir, uint32_t project)
{
        struct fs_disk_quota now = { .d_version = FS_DQUOT_VERSION };

        if (quota(dir, Q_XGETQUOTA, project, &now) < 0)
                return errno == ENOENT;
        return !now.d_blk_hardlimit && !now.d_blk_softlimit && !now.d_ino_hardlimit && !now.d_ino_softlimit && !now.d_bcount &&
               !now.d_icount;
}

static int choose(int dir, uint32_t *ret, struct error *err)
{
        for (int i = 0; i < TRIES_MAX; i++) {
                uint32_t project;

                if (getrandom(&project, sizeof(project), 0) != sizeof(project))
                        return error_errno(err, "getting random bytes");
                *ret = FIRST | (project & (FIRST - 1));
                if (is_free(dir, *ret))
                        return 0;
        }
        return error_set(err, E_BUSY, "no project of %d that were tried is free", TRIES_MAX);
}

static int limit(int dir, uint32_t project, uint64_t bytes, uint64_t files, struct error *err)
{
        struct fs_disk_quota wanted = {
                .d_version = FS_DQUOT_VERSION, .d_flags = FS_PROJ_QUOTA, .d_fieldmask = FS_DQ_BHARD | FS_DQ_IHARD, .d_id = project,
                .d_blk_hardlimit = bytes / BASIC_BLOCK, .d_ino_hardlimit = files,
        };

        return quota(dir, Q_XSETQLIM, project, &wanted) < 0 ? error_errno(err, "setting the quota of project %u", project) : 0;
}

/* The directory first: it counts from then on, and who is killed before the limit is set has it undone all the same. */
static int begin(int dir, uint64_t size, struct error *err)
{
        struct fsxattr looks;
        uint32_t project = 0;
        int r = choose(dir, &project, err);

        if (r < 0)
                return r;
        if (ioctl(dir, FS_IOC_FSGETXATTR, &looks) < 0)
                return error_errno(err, "asking for its project");
        looks.fsx_projid = project;
        looks.fsx_xflags |= FS_XFLAG_PROJINHERIT;
        if (ioctl(dir, FS_IOC_FSSETXATTR, &looks) < 0)
                return error_errno(err, "making it project %u", project);
        return limit(dir, project, size, size / BYTES_OF_FILE + FILES_MIN, err);
}

int scratch_project_begin(int dir, uint64_t size, struct error *err)
{
        _cleanup_(io_closep) int lock = open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        int r = lock < 0 ? error_errno(err, "opening %s", LOCK) : scratch_lock(lock, LOCK, err);

        return r < 0 ? r : begin(dir, size, err);
}

int scratch_project_limit(int dir, uint64_t *ret, struct error *err)
{
        struct fs_disk_quota now = { .d_version = FS_DQUOT_VERSION };
        struct fsxattr looks;

        if (ioctl(dir, FS_IOC_FSGETXATTR, &looks) < 0)
                return error_errno(err, "asking for its project");
        *ret = 0;
        if (looks.fsx_projid < FIRST)
                return 0;
        if (quota(dir, Q_XGETQUOTA, looks.fsx_projid, &now) < 0)
                return error_errno(err, "asking for the quota of project %u", looks.fsx_projid);
        *ret = now.d_blk_hardlimit * BASIC_BLOCK;
        return 0;
}

int scratch_project_end(int parent, const char *name, struct error *err)
{
        _cleanup_(io_closep) int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct fsxattr looks;

        if (dir < 0)
                return errno == ENOENT ? 0 : error_errno(err, "opening %s", name);
        if (ioctl(dir, FS_IOC_FSGETXATTR, &looks) < 0)
                return errno == ENOTTY || errno == EOPNOTSUPP ? 0 : error_errno(err, "asking for the project of %s", name);
        return looks.fsx_projid < FIRST ? 0 : limit(dir, looks.fsx_projid, 0, 0, err);
}
