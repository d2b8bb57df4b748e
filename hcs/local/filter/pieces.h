/* One filter of several, one an architecture.
 *
 * libseccomp can do that itself, but its time grows with the square of what it has in hand: docker's profile for x86_64, x86 and x32
 * takes it three times as long in one filter as in three.  So it makes each alone, and they are put behind a few instructions that
 * choose.  A call of an architecture that is not among them kills its thread, as libseccomp's own do.
 *
 * What is newer than a profile: one that lists what it allows and answers the rest with EPERM breaks programs each time that a C library
 * learns a new call.  It asks for clone3, is told "not permitted" instead of "there is no such call", and does not fall back.  So, as
 * runc does since 1.0, what lies above the highest number that the profile names for an architecture is answered with ENOSYS. */
#ifndef HCS_LOCAL_FILTER_PIECES_H
#define HCS_LOCAL_FILTER_PIECES_H

#include <stddef.h>
#include <stdint.h>

#include "hcs/base/error.h"
#include "hcs/base/text.h"

#define PIECES_MAX 32
#define PIECE_UNBOUNDED (-1)

struct piece {
        uint32_t architecture;          /* seccomp_architectures[] */
        int32_t last;                   /* the highest number that the profile names, without x32's bit; PIECE_UNBOUNDED: none is newer */
        struct text code;               /* struct sock_filter, as libseccomp makes them for this architecture alone */
};

/* Appends them all as one program.  At least one, at most PIECES_MAX. */
int pieces_join(const struct piece *pieces, size_t count, struct text *out, struct error *err);

#endif
