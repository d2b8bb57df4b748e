#include "layers/look.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"

static int64_t nanoseconds(const struct statx_timestamp *time)
{
        return time->tv_sec * 1000000000LL + time->tv_nsec;
}

int look_at(int dir, const char *path, struct look *ret)
{
        const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
        struct statx what;
        int64_t m, c;

        while (dir != AT_FDCWD && *path == '/')
                path++;
        if (sys_statx(dir, *path ? path : ".", flags, STATX_BASIC_STATS | STATX_MNT_ID, &what) < 0)
                return -1;
        m = nanoseconds(&what.stx_mtime);
        c = nanoseconds(&what.stx_ctime);
        *ret = (struct look){
                .mode = what.stx_mode, .uid = what.stx_uid, .gid = what.stx_gid, .size = what.stx_size,
                .modified = m, .changed = m > c ? m : c,
                .mount = what.stx_mask & STATX_MNT_ID ? what.stx_mnt_id : 0,
        };
        return 0;
}

const char *look_real_place(struct arena *arena, int root, const char *path)
{
        struct error none = { 0 };
        _cleanup_(io_closep) int fd = inroot_open(root, path, O_PATH, &none);
        char link[64], top[4096], place[4096];
        ssize_t top_length, length;

        if (fd < 0)
                return NULL;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", root);
        top_length = readlink(link, top, sizeof(top) - 1);
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        length = readlink(link, place, sizeof(place) - 1);
        if (top_length < 1 || length < 1)
                return NULL;
        top[top_length] = place[length] = '\0';
        if (!path_is_below(place, top))
                return NULL;
        if (text_equal(top, "/"))
                top_length = 0;
        return arena_copy(arena, place[top_length] ? place + top_length : "/");
}
