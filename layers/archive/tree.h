/* The digest of a tree: the sum, 256 bits long, of the digests of all entries, so that no order is in it.  An entry's is of its path,
 * kind, mode, owner, time, attributes and content, and of how many names it has; no device's or inode's number.
 *
 * What is in a sum can be taken out again: a file that is added when it is written may get another name later. */
#ifndef LAYERS_ARCHIVE_TREE_H
#define LAYERS_ARCHIVE_TREE_H

#include <stdint.h>
#include <sys/stat.h>

#include "hcs/base/error.h"
#include "layers/archive/sum.h"

#define TREE_PIECE (128u << 10)

/* Zeroed is empty. */
struct tree { uint64_t words[4]; struct sum sum; unsigned char piece[TREE_PIECE]; };

/* Paths begin with "/" below the tree's top, which is "" itself. */
int tree_add_directory(struct tree *tree, int dir, const char *path, struct error *err);
/* Anything else, by its name in `dir`, never followed. */
int tree_add_other(struct tree *tree, int dir, const char *name, const char *path, const struct stat *what, struct error *err);
/* A plain file by a descriptor that can be read, wherever its offset is. */
int tree_add_file(struct tree *tree, int file, const char *path, const struct stat *what, struct error *err);
int tree_take_file(struct tree *tree, int file, const char *path, const struct stat *what, struct error *err);
void tree_text(const struct tree *tree, char ret[DIGEST_TEXT_MAX]);

#endif
