/* The change set: what a sandbox made of its copy of this machine.  Pure reading, of the scratch and of what lies beneath what is
 * in it: cost grows with the change and not with the host.
 *
 * A scratch has a part for each overlay.  In the upper directory of a part stand:
 *
 *      a character device 0:0, or (fuse-overlayfs) a file .wh.NAME             NAME was deleted
 *      a directory with *.overlay.opaque, or .wh..wh..opq in it                replaced: nothing beneath shows through
 *      a directory with *.overlay.redirect                                     renamed: its lower one has another name
 *      a file with *.overlay.metacopy                                          all but its content is new
 *      anything else                                                           new, or a copy of what lies beneath
 *
 * A copy alone is no change: each is compared with what lies beneath, by bytes where the sizes agree, for a time can be set.  What
 * lies beneath is seen as the sandbox sees it, named layers and the mask included; so neither of them is a change, nor are the places
 * for mounts. */
#ifndef LAYERS_CHANGES_H
#define LAYERS_CHANGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"

enum change_kind { CHANGE_ADDED = 1, CHANGE_CHANGED, CHANGE_DELETED, CHANGE_TYPE, CHANGE_RENAMED };

/* What of it, with CHANGE_CHANGED and CHANGE_RENAMED; times count for all but directories. */
enum { CHANGE_CONTENT = 1, CHANGE_MODE = 2, CHANGE_OWNER = 4, CHANGE_XATTRS = 8, CHANGE_TIME = 16 };

struct change_look {
        mode_t mode;                    /* 0: there is none */
        uid_t uid;
        gid_t gid;
        dev_t rdev;
        uint64_t size, file, links;     /* file: the inode's number */
        struct timespec modified;
};

struct change {
        enum change_kind kind;
        unsigned what;
        const char *path;               /* absolute, as the sandbox sees it; any bytes but NUL */
        const char *from;               /* CHANGE_RENAMED: where it was */
        const char *link;               /* one file with another entry of this list, which has this path; NULL: no */
        struct change_look before, after;
        size_t part;
        bool layered;                   /* what was before is a named layer's, the host takes no part in it: `before` says nothing of it */
        bool leads;                     /* a directory that is as a named layer has it, which the host lacks; changes are in it */
        bool hidden;                    /* at a place where the mask hides or gives something: not the host's to be seen */
        const char *where;              /* in the part's directories: path without what the part is at; begins with "/" */
};
typedef LIST_OF(struct change) change_list;

struct changes_part {
        const char *at;                 /* "/", or the directory that it covers */
        const char *upper;              /* a path */
        struct strings layers;          /* the named ones, paths, uppermost first */
        const char *mask;               /* a path; NULL: none */
        const char *host;               /* likewise */
};

/* Whose marks are believed.  A sandbox can set what is not the overlay's own. */
enum changes_marks { CHANGES_TRUSTED, CHANGES_USER, CHANGES_FUSE };

struct changes_question {
        LIST_OF(struct changes_part) parts;
        struct strings own;             /* mount points and volumes, clean: they, and what leads to them, are no change */
        bool ignore_owners;             /* without root everything is the caller's */
        bool leading;                   /* tell those that lead to a change, too: CHANGE_ADDED with `leads` */
        enum changes_marks marks;       /* with CHANGES_FUSE also files with .wh. names */
};

#define CHANGES_DEPTH_MAX 250           /* directories in each other; more is refused */

/* Where there is much to look at other threads help, as many as processors and at most four; they are gone when it returns.
 * Sorted by path, each path once.  All lives in `arena`, and the question's strings must too. */
int changes_find(struct arena *arena, const struct changes_question *question, change_list *ret, struct error *err);

/* --- changes-compare.c: one entry -------------------------------------------------------------------------------------- */

/* Absent is a look with mode 0; -1 with errno for anything worse. */
int change_look_at(int dir, const char *name, struct change_look *ret, struct timespec *ret_changed);
bool change_is_whiteout(const struct change_look *look);
/* The value of a mark, *.overlay.MARK, of `name` in `dir`; NULL when it has none.  Caller's, free(). */
char *change_read_mark(int dir, const char *name, const char *mark, enum changes_marks marks);
/* Is an attribute one that belongs to the thing itself, and not to an overlay or to who mounts? */
bool change_counts_xattr(const char *name);
/* Two entries of one type: above and beneath. */
struct change_pair {
        int dir, lower;
        const char *name, *lower_name;
        struct change_look after, before;
};
/* What differs.  A file that goes away meanwhile differs in its content. */
unsigned change_compare(const struct change_pair *pair, const struct changes_question *question);

#endif
