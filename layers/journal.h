/* Changes to the host, all or none: written down first, prepared beside their places, put in place by renames, and undone on wish.
 *
 * A journal is a directory of ours:
 *
 *      plan            what is to be done, before anything is
 *      commit          the same with the numbers of the files that were prepared: from here on it is gone through with
 *      done            it has been; its time says when
 *      undoing         it is being undone
 *      old/N, new/N    what stood there before (a hard link where that can be; a copy else), and how a directory is to look
 *
 * Who comes after a crash finishes: without `commit` what was prepared is taken away, with it what is missing is put in place, and
 * an undoing is gone on with.  Each step may be done twice. */
#ifndef LAYERS_JOURNAL_H
#define LAYERS_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"

enum journal_kind {
        JOURNAL_PUT = 'P',              /* what was prepared as `temporary` beside it becomes `where` */
        JOURNAL_REMOVE = 'R',           /* a file goes */
        JOURNAL_RMDIR = 'D',            /* an empty directory does */
        JOURNAL_LOOKS = 'L',            /* a directory gets owner, mode and attributes of new/N */
        JOURNAL_TIMES = 'T',            /* a directory has these times before all; for the undoing */
};

/* What stood at a place when that was planned.  Not written down: who comes after a crash goes through with it. */
struct journal_seen { bool known; mode_t mode; uid_t uid; gid_t gid; uint64_t file, size; struct timespec modified; };

struct journal_step {
        enum journal_kind kind;
        const char *root;               /* a directory of the host; nothing outside of it, and nothing mounted in it, is touched */
        const char *where;              /* below it; begins with "/" */
        const char *temporary;          /* PUT: a name; "" else */
        bool has_old;                   /* something is there before */
        uint64_t file;                  /* the inode of what was prepared (PUT), or of what goes */
        struct timespec accessed, modified;     /* TIMES */
        struct journal_seen seen;       /* PUT, REMOVE: what must still be there then, else all fails with E_BUSY */
};
typedef LIST_OF(struct journal_step) journal_list;

enum { JOURNAL_NONE = 1, JOURNAL_ROLLED_BACK = 2, JOURNAL_FINISHED = 3 };

/* Opens the place of the journal below `data`, made if need be, and locks it: one at a time.  Ends with the descriptor. */
int journal_open(const char *data, int *ret_place, struct error *err);
/* Finishes or takes back what somebody was killed over.  JOURNAL_NONE when there is nothing to do, else which it was. */
int journal_recover(int place, struct error *err);
/* A new journal with that plan; the one before is dropped. */
int journal_begin(int place, const journal_list *steps, struct error *err);
/* Keeps what is there now, step by step; then `commit` is written and all is put in place.  What fails takes everything back, and leaves
 * alone what others have made of the places that were not reached. */
int journal_carry_out(int place, journal_list *steps, bool owners, struct error *err);
/* Takes back what was prepared. */
int journal_drop(int place, struct error *err);
/* Undoes the last one that was carried out; refuses, unless by force, when what it put there has been changed since. */
int journal_undo(int place, bool force, struct error *err);
/* Where new/N is to be made for step N of kind LOOKS. */
void journal_name(char name[40], const char *folder, size_t number);
/* The directory that `where` lies in and its name there; never through a link, never out of `root`, never into a mount. */
int journal_parent(const char *root, const char *where, int *ret_dir, const char **ret_name, struct error *err);
int journal_directory(const char *root, const char *where, int *ret_dir, struct error *err);

#endif
