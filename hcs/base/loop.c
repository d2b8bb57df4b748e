#include "hcs/base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/listing.h"
#include "hcs/base/text.h"

#define WAIT_MS 5000                    /* for somebody who gets a device, gives one back, or copies the file */
#define TRIES_MAX 64                    /* of devices that others take before us */

struct device { int fd; char path[32]; };

static void device_done(struct device *device)
{
        io_closep(&device->fd);
}

static int open_device(struct device *device, unsigned number, int access)
{
        snprintf(device->path, sizeof(device->path), "/dev/loop%u", number);
        device->fd = open(device->path, access | O_CLOEXEC);
        return device->fd;
}

/* --- a device for a file ------------------------------------------------------------------------------------------------ */

static int no_device(const char *what, struct error *err)
{
        return error_errno(err, "%s, which a scratch of limited size on a disk needs (`modprobe loop`, or let this machine have it; or "
                           "set org.hcs-sandbox.scratch to \"memory\")", what);
}

static int give(int control, int file, const char *image, struct device *device, struct error *err)
{
        struct loop_config config = { .fd = (unsigned)file, .info = { .lo_flags = LO_FLAGS_AUTOCLEAR } };

        snprintf((char *)config.info.lo_file_name, sizeof(config.info.lo_file_name), "%s", image);
        for (int tries = 0; tries < TRIES_MAX; tries++) {
                int number = ioctl(control, LOOP_CTL_GET_FREE);

                if (number < 0)
                        return no_device("getting a loop device", err);
                if (open_device(device, (unsigned)number, O_RDWR) < 0)
                        return no_device(device->path, err);
                if (ioctl(device->fd, LOOP_CONFIGURE, &config) == 0)
                        return 0;
                if (errno != EBUSY)
                        return error_errno(err, "giving %s to %s", image, device->path);
                io_closep(&device->fd);
                device->fd = -1;
        }
        return error_set(err, E_BUSY, "%d loop devices were taken by others before %s got one; try again", TRIES_MAX, image);
}

static int give_free(int file, const char *image, struct device *device, struct error *err)
{
        _cleanup_(io_closep) int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

        return control < 0 ? no_device("/dev/loop-control", err) : give(control, file, image, device, err);
}

/* While it is open it can't be cleared, and so can't be given to another file: what it says then stays true. */
static bool has_file(const struct device *device, const struct stat *file)
{
        struct loop_info64 info;

        return ioctl(device->fd, LOOP_GET_STATUS64, &info) == 0 && info.lo_device == file->st_dev && info.lo_inode == file->st_ino;
}

static bool find(const struct stat *file, struct device *device)
{
        _cleanup_(io_close_dirp) DIR *blocks = listing_open(AT_FDCWD, "/sys/block");
        struct dirent *entry;

        while (blocks && (entry = listing_next(blocks))) {
                uint32_t number;

                if (!text_starts_with(entry->d_name, "loop") || text_to_u32(entry->d_name + strlen("loop"), &number) < 0 ||
                    open_device(device, number, O_RDONLY) < 0)
                        continue;
                if (has_file(device, file))
                        return true;
                io_closep(&device->fd);
                device->fd = -1;
        }
        return false;
}

static void nap(void)
{
        const struct timespec time = { .tv_nsec = 5000000 };

        nanosleep(&time, NULL);
}

static int find_or_give(int file, const char *image, struct device *device, struct error *err)
{
        struct stat what;

        if (fstat(file, &what) < 0)
                return error_errno(err, "looking at %s", image);
        for (int waited = 0; waited < WAIT_MS; waited += 5, nap()) {
                if (flock(file, LOCK_EX | LOCK_NB) == 0)
                        return give_free(file, image, device, err);
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return error_errno(err, "locking %s", image);
                if (find(&what, device))
                        return 0;
        }
        return error_set(err, E_TIMED_OUT, "waiting for %s: %d seconds are over; somebody may be copying it", image, WAIT_MS / 1000);
}

int loop_lock(int dir, const char *image, int *ret_fd, struct error *err)
{
        _cleanup_(io_closep) int file = openat(dir, image, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

        if (file < 0)
                return error_errno(err, "opening %s", image);
        for (int waited = 0; waited < WAIT_MS; waited += 5, nap()) {
                if (flock(file, LOCK_EX | LOCK_NB) == 0) {
                        *ret_fd = take_fd(file);
                        return 0;
                }
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return error_errno(err, "locking %s", image);
        }
        return error_set(err, E_TIMED_OUT, "%s is in use for more than %d seconds; try again when nobody reads it", image,
                         WAIT_MS / 1000);
}

/* --- mounting ----------------------------------------------------------------------------------------------------------- */

/* The file system itself is never mounted read-only: that would exclude whoever writes to it through another mount. */
static int mount_device(const struct device *device, bool read_only, struct error *err)
{
        unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME | (read_only ? MOUNT_ATTR_RDONLY : 0);
        _cleanup_(io_closep) int context = sys_fsopen("ext4", FSOPEN_CLOEXEC);
        int tree;

        if (context < 0)
                return errno == ENODEV ? error_set(err, E_NOT_SUPPORTED, "this kernel has no ext4, which a scratch of limited size needs")
                                       : error_errno(err, "mounting an ext4");
        if (sys_fsconfig(context, FSCONFIG_SET_STRING, "source", device->path, 0) < 0 ||
            sys_fsconfig(context, FSCONFIG_SET_FLAG, "noinit_itable", NULL, 0) < 0 ||   /* the file is zero there, and stays sparse */
            sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return error_errno(err, "mounting %s", device->path);
        tree = sys_fsmount(context, FSMOUNT_CLOEXEC, attributes);
        return tree < 0 ? error_errno(err, "mounting %s", device->path) : tree;
}

int loop_mount(const char *image, bool read_only, int *ret_tree, struct error *err)
{
        _cleanup_(io_closep) int file = open(image, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_(device_done) struct device device = { .fd = -1 };
        int r = file < 0 ? error_errno(err, "opening %s", image) : find_or_give(file, image, &device, err);

        if (r < 0)
                return r;
        r = mount_device(&device, read_only, err);
        if (r < 0)
                return error_wrap(err, "%s", image);
        *ret_tree = r;
        return 0;
}
