/* The file of a scratch of limited size: an ext4 in a sparse file of that size, in the scratch's directory, with upper/, work/ and
 * volumes/ in it.  So the limit is the file's size, and is recorded by that.  Made and grown by e2fsprogs, which is run; mounted by
 * who uses it (hcs/base/loop.h).
 *
 *      image           what is used
 *      image.new       being made; of no use when whoever made it was killed
 *      tree            what will be in it, meanwhile
 *
 * Not more than one caller at a time, which a kept scratch's lock and holder see to.  Linux, root. */
#ifndef LAYERS_SCRATCH_IMAGE_H
#define LAYERS_SCRATCH_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"

#define SCRATCH_IMAGE "image"
#define SCRATCH_IMAGE_TREE "tree"
#define SCRATCH_IMAGE_MIN (1u << 20)    /* bytes; smaller ones have no room for a file system */

/* Its size in bytes, the limit; 0 when there is none. */
int scratch_image_size(int dir, uint64_t *ret, struct error *err);
/* Makes it of the directory tree, which goes.  `dir` is the scratch's directory `path`, open.  `keep`: it is to stand a crash of the
 * machine, and has a journal.  On failure no image is there.  A machine without mkfs.ext4 is an error that names the package. */
int scratch_image_make(int dir, const char *path, uint64_t size, bool keep, struct error *err);
/* One that was made to be thrown away is to be kept after all. */
int scratch_image_keep(int dir, struct error *err);
/* Makes one that is there as large as `size`, 0: as it was meant to be.  A smaller size is refused. */
int scratch_image_grow(int dir, uint64_t size, struct error *err);

#endif
