/* The mask: one more layer between the host's root and a scratch.  Hidden files are whiteouts in it (character device 0:0), hidden
 * directories are empty and opaque, and a few files are given anew (password hashes without hashes, a host name of its own).
 *
 * A mask is named by a digest of all that is in it and lies in a home of masks:
 *
 *      HOME/DIGEST/tree        the layer
 *      HOME/DIGEST/hidden      what it hides and why, for people
 *      HOME/refs/SCRATCH       a link to the digest, for each sandbox that uses it
 *      HOME/KEY.answer         which mask answers a question (way, wishes), and the volumes that go with it
 *      HOME/KEY.watch          the places that were walked for it, with their times
 *
 * An answer is believed for five seconds (its mtime says since when); then the watched places are looked at, and only when one
 * has changed the host is walked again.  After ten minutes it is walked in any case, since chmod alone leaves no trace in the
 * directory that the thing lies in.  Masks are made under a lock, beside the place, and renamed there; those that nobody
 * refers to go with the next making, and so do answers that nobody has asked for in an hour. */
#ifndef LAYERS_MASK_H
#define LAYERS_MASK_H

#include "layers/cover.h"
#include "layers/mask-plan.h"

enum mask_way {
        MASK_OVERLAY = 1,               /* one overlay made by root; trusted.overlay.opaque */
        MASK_FUSE,                      /* fuse-overlayfs; user.overlay.opaque, and .wh..wh..opq for its older releases */
        MASK_DIRECTORIES,               /* overlays of a user namespace; user.overlay.opaque */
};

/* A directory with layers of its own. */
struct mask_volume {
        const char *path;
        bool part;                      /* the mask has something there: TREE/path is a layer */
        bool host;                      /* the host's own directory is one */
};
typedef LIST_OF(struct mask_volume) mask_volume_list;

struct mask_question {
        const char *home;
        enum mask_way way;
        const struct layer_wishes *wishes;
        struct strings own;             /* as in cover_question */
};

struct mask {
        const struct mask_question *question;
        const char *key, *digest;
        mask_volume_list volumes;       /* parents first */
        bool is_made, is_recent;        /* it is there; and was believed without a look */
        /* What to make when it isn't there: */
        hiding_list hidden;
        mask_entry_list entries;
        walked_list walked;
        const char *mounts;             /* a digest of the mounts that count */
};

/* Finds the mask that answers a question, by a walk if need be.  Writes nothing.  `question` must outlive *ret. */
int mask_find(struct arena *arena, const struct mask_question *question, struct mask *ret, struct error *err);
/* Makes it if need be, and refers to it under the name of a scratch. */
int mask_make(const struct mask *mask, const char *scratch_name, struct error *err);
/* HOME/DIGEST/tree; lives in `arena`. */
const char *mask_tree(struct arena *arena, const struct mask *mask);
/* The whole list. */
int mask_hidden(struct arena *arena, const struct mask *mask, hiding_list *ret, struct error *err);

/* --- shared by mask.c, mask-answer.c, mask-tree.c and mask-make.c ------------------------------------------------------- */

#define MASK_DIGEST_LENGTH 32
#define MASK_KEY_LENGTH 16

/* The home, when it is ours alone; -1 with errno else (EACCES: it is not). */
int mask_open_home(const char *home);
/* Reads what is known of an answer; true when it can be believed, at once (*recent) or after a look at the host. */
bool mask_answer_read(struct arena *arena, int home, const struct mask_question *question, struct mask *mask);
/* Only which mask it names; false when there is none. */
bool mask_answer_digest(int home, const struct mask *mask, char ret[MASK_DIGEST_LENGTH + 1]);
/* Writes it, and the places to watch when they are known.  Under the lock. */
int mask_answer_write(int home, const struct mask *mask, struct error *err);
/* The digest of the mounts that count now. */
int mask_mounts(struct arena *arena, const struct layer_wishes *wishes, mount_list *ret, mount_list *ret_selected,
                const char **ret_digest, struct error *err);
/* Writes entries out below `dir`, an empty directory; `root` is the host's. */
int mask_tree_write(int dir, int root, const mask_entry_list *entries, enum mask_way way, struct error *err);

#endif
