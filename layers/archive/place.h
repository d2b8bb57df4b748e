/* Entries put in their places, below one directory's descriptor.  Nothing that is there is ever followed, changed or replaced, but for
 * a whiteout that the same layer fills again. */
#ifndef LAYERS_ARCHIVE_PLACE_H
#define LAYERS_ARCHIVE_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "hcs/base/error.h"
#include "layers/archive/names.h"

struct place {
        int dir;                        /* borrowed */
        bool as_root;                   /* owners are given, device nodes and trusted attributes made */
        uint64_t left_out;              /* what only root could have kept: owners, attributes */
        int parent;                     /* the directory of the last entry, kept open; -1: none */
        char parent_path[NAMES_PATH_MAX + 1];
};

struct place_look { mode_t mode; uid_t uid; gid_t gid; struct timespec modified; };

void place_init(struct place *place, int dir);
void place_done(struct place *place);

/* Paths are clean (names.h).  Each makes what is missing on the way: 0755, root's, with the time 0. */
int place_directory(struct place *place, const char *path, const struct place_look *look, struct error *err);
/* Gives a descriptor to write to, and to read; what it looks like comes with place_finish_file(). */
int place_file(struct place *place, const char *path, int *ret_fd, struct error *err);
int place_finish_file(struct place *place, int fd, const struct place_look *look, struct error *err);
int place_symlink(struct place *place, const char *path, const char *target, const struct place_look *look, struct error *err);
/* Tells, before it is done, of what gets one name more: `name` in `dir`. */
struct place_link { int (*tell)(void *context, int dir, const char *name, const struct stat *what); void *context; };
int place_hardlink(struct place *place, const char *path, const char *target, const struct place_link *link, struct error *err);
/* A fifo or a device, by look->mode. */
int place_node(struct place *place, const char *path, dev_t device, const struct place_look *look, struct error *err);
/* What a whiteout's entry says; the last name of `path` begins with NAMES_MARK. */
int place_mark(struct place *place, const char *path, struct error *err);

/* An attribute of what was made last at `path`: to be given before what changes it (its mode, its time), after its owner. */
int place_attribute(struct place *place, const char *path, const char *name, const void *value, size_t length, struct error *err);
/* The time of what is neither file nor directory, when its attributes are there. */
int place_finish_other(struct place *place, const char *path, const struct place_look *look, struct error *err);

/* How a directory is to look when all is in it, as its attribute says meanwhile. */
struct place_pending { uint32_t mode, nanoseconds; int64_t seconds; };

#endif
