/* The base layer that every machine has: its own running system, copy-on-write.
 *
 * What is hidden (people, secrets, state of other tenants) is put into a *mask*: one more layer between the host's root and
 * the scratch, holding whiteouts (character device 0:0), opaque directories and generated files (shadow, machine-id, hostname,
 * hosts).  It is made once, shared read-only by all sandboxes, and made anew when the host's directories changed; so a
 * sandbox costs two directories, and its scratch holds its own changes only.  What is hidden cannot be undone from inside.
 * The kernel takes no layer that lies within another one (ELOOP), so root's masks lie on a tmpfs.
 *
 * A live view, not a snapshot: what the host changes below stays visible until a file is copied up.  So a secret that appears
 * after a sandbox was made, or less than five seconds before, is seen in it; and a readable file that becomes a secret by
 * chmod alone is seen in the sandboxes that are made in the next ten minutes.
 *
 * The rules (linux-host-cow.md, "Recommended defaults"): secrets by rule (a file or directory below /etc /var /opt /srv
 * that "other" may not read or enter), a short list for what is world-readable by mistake, people by place (/home, /root).
 * Linux only.  No engine is known here: the result is a document's Storage. */
#ifndef LAYERS_HOST_H
#define LAYERS_HOST_H

#include <stdbool.h>
#include <sys/types.h>

#include "hcs/base/arena.h"
#include "hcs/base/error.h"
#include "hcs/base/macros.h"
#include "hcs/schema/document.h"

/* What a bundle asks (annotations org.hcs-sandbox.*), parsed by oci/annotations.c. */
struct layer_wishes {
        struct strings hide, show;      /* absolute clean paths */
        struct strings copy;            /* directories that come along with layers of their own, at the same place, whole: what is in
                                         * them is what was asked for, and no mask is over it */
        const char *scratch;            /* NULL or "disk": ephemeral below the data directory; "memory": a tmpfs; "name:NAME": kept under
                                         * that name (scratches.h); else an absolute directory that is kept */
        uint64_t scratch_size;          /* bytes; 0: no limit, or that which a kept one has */
        bool lifts_quotas;              /* its programs may go beyond quotas (CAP_SYS_RESOURCE) */
        struct strings layers;          /* names of layers (store.h), uppermost first; above the host */
        bool without_host;              /* or in its place */
};

/* One place that a mask hides, for people and for `document`. */
struct layer_hidden { const char *path; const char *why; };
typedef LIST_OF(struct layer_hidden) layer_hidden_list;

/* The composed answer; nothing has been touched. */
struct layer_host {
        struct doc_storage storage;             /* paths are where things will be */
        const char *scratch;                    /* the scratch's directory, to be recorded and dropped with the sandbox */
        bool scratch_is_kept;
        bool scratch_in_memory;                 /* a tmpfs is mounted there: layer_scratch_unmount() goes first */
        const char *reference;                  /* to the mask, likewise */
        struct strings layer_references;        /* to named layers, likewise */
        const char *way;                        /* "overlay", "fuse-overlayfs", "directory overlays": for people */
        const char *warning;                    /* what this way can't do that a better one could; NULL: nothing */
        struct layer_host_plan *plan;           /* what layer_host_make() needs beside that */
};

/* The ways, in the order in which they are tried without root:
 *
 *      overlay                 root's: Layers are the named layers, the mask's tree and "/"; Volumes the local file systems at
 *                              or below /usr, /opt, /var and /srv, each with its part of the mask where that has one
 *      fuse-overlayfs          Program, and Layers as above; Volumes only for what was asked for by name, since it looks into
 *                              what is mounted by itself
 *      directory overlays      no Layers: Volumes are the directories of the top level, whose layers are the mask's part, the host's
 *                              directory, or both.  One with something mounted beneath, which the kernel refuses, has the mask's
 *                              part alone, with its links, its small files and the places for the volumes that follow: the
 *                              directories within it.  Links of the top level are the engine's to repeat.
 *
 * In each the scratch holds upper/ and work/ for the Layers, and volumes/N/upper and volumes/N/work for volume N.
 *
 * Finds out how this machine can be a base for a sandbox named `id` of the state directory `root`, for this caller, and
 * composes the storage.  `data` is the data directory (layer_data_directory()).  Reads the host, writes nothing.  All lives in
 * `arena`.  A machine that allows no way is an error that names the package or setting that is missing. */
int layer_host_compose(struct arena *arena, const char *data, const char *root, const char *id,
                       const struct layer_wishes *wishes, struct layer_host *ret, struct error *err);

/* Makes what was composed: the mask if it is not there or out of date, and the scratch (constant time, < 64 KiB; a limited one on a
 * disk takes the time of an mkfs).  Call
 * after the paths have been written down.  On failure nothing of the scratch is left. */
int layer_host_make(const struct layer_host *host, struct error *err);

/* What the composed mask hides, and why; for people and for `document`. */
int layer_host_hidden(struct arena *arena, const struct layer_host *host, layer_hidden_list *ret, struct error *err);

#define LAYER_SCRATCH_IN_MEMORY "scratch"       /* of the sandbox's state directory */
/* Takes away the tmpfs of a scratch in memory, and with it what is in there; that it is gone already is fine. */
int layer_scratch_unmount(const char *scratch, struct error *err);
/* Is the tmpfs of a scratch in memory there for us to read?  E_NOT_FOUND, with what to do: unmounted, or mounted elsewhere only. */
int layer_scratch_find(const char *scratch, struct error *err);
/* Drops a scratch directory (absent is fine), however deep and whatever its modes. */
int layer_scratch_remove(const char *scratch, struct error *err);
/* What the parts of a kept scratch belong to, in words that are compared; NULL without memory. */
const char *layer_scratch_layout(struct arena *arena, const char *way, uint32_t uid, const struct doc_storage *storage);
/* Drops the reference to a mask, which may go then when nobody else has one. */
int layer_mask_release(const char *reference, struct error *err);
/* Lets go of a scratch that is kept, so that the next sandbox may go on from it.  `owner` is the state directory of the sandbox
 * that had it (ROOT/ID); what somebody else holds meanwhile stays held. */
int layer_scratch_release(const char *scratch, const char *owner, struct error *err);

/* A kept one's sandbox stands: from here on it stays, whatever becomes of that.  Until then releasing it removes it, if it was made for
 * that sandbox. */
int layer_scratch_finish(const char *scratch, struct error *err);

/* /var/lib/hcs-sandbox as root, $XDG_DATA_HOME/hcs-sandbox (~/.local/share/hcs-sandbox) else; caller's, free(). */
int layer_data_directory(char **ret, struct error *err);

#endif
