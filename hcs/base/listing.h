/* What is in a directory (Linux). */
#ifndef HCS_BASE_LISTING_H
#define HCS_BASE_LISTING_H

#include <dirent.h>

/* The entries of a directory, which is opened anew ("." for `dir` itself; a link is not followed); NULL with errno.  The caller closes
 * it (io_close_dirp). */
DIR *listing_open(int dir, const char *name);
/* The next one that is neither "." nor ".."; NULL at the end, with errno 0, or on failure. */
struct dirent *listing_next(DIR *listing);

#endif
