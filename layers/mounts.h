/* The host's mounts, as far as a copy of it is concerned. */
#ifndef LAYERS_MOUNTS_H
#define LAYERS_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/arena.h"
#include "hcs/base/digest.h"
#include "hcs/base/error.h"
#include "hcs/base/macros.h"

struct mount_entry {
        uint64_t id;
        const char *device, *top;       /* which file system ("254:0"), and what of it ("/" as a rule) */
        const char *path, *type;
        bool comes_along;               /* a local disk at or below the system's own places */
};
typedef LIST_OF(struct mount_entry) mount_list;

/* Everything mounted below "/", in the order of mounting.  `file` is /proc/self/mountinfo but in tests. */
int mounts_read(struct arena *arena, const char *file, mount_list *ret, struct error *err);
/* Those that count for a mask: not below what is hidden by place anyway (all, when something hidden is to be shown), and of those
 * on one path the last.  Parents first. */
int mounts_select(struct arena *arena, const mount_list *mounts, bool all, mount_list *ret, struct error *err);
/* Is something mounted below the path?  The path itself does not count. */
bool mounts_has_below(const mount_list *mounts, const char *path);
/* Two lists with the same digest make the same mask. */
void mounts_digest(const mount_list *mounts, struct digest *digest);

#endif
