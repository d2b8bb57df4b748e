#include "hcs/base/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"

DIR *listing_open(int dir, const char *name)
{
        _cleanup_(io_closep) int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *listing = fd < 0 ? NULL : fdopendir(fd);

        if (listing)
                (void)take_fd(fd);
        return listing;
}

static bool is_dots(const char *name)
{
        return text_equal(name, ".") || text_equal(name, "..");
}

struct dirent *listing_next(DIR *listing)
{
        struct dirent *entry;

        do {
                errno = 0;
                entry = readdir(listing);
        } while (entry && is_dots(entry->d_name));
        return entry;
}
