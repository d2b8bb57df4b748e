/* Layers as archives: an overlay's upper directory to an OCI layer tar, and back.
 *
 * Only the program hcs-sandbox-layer is linked with this folder and with libarchive, whose loading alone costs as much as a whole
 * sandbox.
 *
 * Out: whiteouts (character device 0:0) become .wh.NAME, opaque directories .wh..wh..opq; extended attributes, access lists and file
 * capabilities are PAX records SCHILY.xattr.*; no access or change times.  The same tree gives the same bytes.
 *
 * In: the archive is somebody else's.  Everything is made below a directory's descriptor by openat2(RESOLVE_BENEATH |
 * RESOLVE_NO_SYMLINKS), nothing is ever followed or replaced, and what is strange is refused by name.  Memory does not grow with the
 * archive. */
#ifndef LAYERS_ARCHIVE_ARCHIVE_H
#define LAYERS_ARCHIVE_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "hcs/base/error.h"
#include "hcs/base/digest.h"

/* How far it is.  `total` is 0 while that is not known; called a few times a second, in the caller's thread. */
struct archive_progress {
        void (*tell)(void *context, uint64_t done, uint64_t total, uint64_t entries);
        void *context;
};

/* What somebody should know although it went well. */
typedef void (*archive_warn)(void *context, const char *text);

/* The digests are 64 hexadecimal digits: of the file as it is, of the tar in it, and, when it was imported, of the tree that it became
 * (archive_tree_digest). */
struct archive_sums {
        char digest[DIGEST_TEXT_MAX], diff_id[DIGEST_TEXT_MAX], tree[DIGEST_TEXT_MAX];
        uint64_t size, entries, bytes;  /* of the file; in it; of the tar */
};

enum archive_compression { ARCHIVE_NONE = 1, ARCHIVE_GZIP, ARCHIVE_ZSTD };

/* One directory to export, and where in the layer it is: "" or "usr/share". */
struct archive_part { int dir; const char *place; };

struct archive_export {
        const struct archive_part *parts;       /* parents first */
        size_t part_count;
        bool marks_by_name;                     /* fuse-overlayfs: files called .wh.NAME are whiteouts, too */
        enum archive_compression compression;
        int out;                                /* borrowed; only written to */
        struct archive_progress progress;
        archive_warn warn;
        void *warn_context;
};

int archive_export(const struct archive_export *wanted, struct archive_sums *ret, struct error *err);

struct archive_limits {
        uint64_t size;                  /* bytes of the tar, and of all its files together */
        uint64_t entries;
        uint32_t depth;                 /* directories in one another */
        uint32_t ratio;                 /* how many bytes one byte may become, once there are 256 MiB of them */
};

#define ARCHIVE_LIMITS { .size = 64ull << 30, .entries = 1000000, .depth = 128, .ratio = 10000 }

struct archive_import {
        int in;                         /* borrowed; read from where it is to its end */
        int dir;                        /* an empty directory; becomes the layer */
        struct archive_limits limits;
        bool devices;                   /* make device nodes, which else are refused */
        struct archive_progress progress;
        uint64_t total;                 /* of the file, for progress; 0: not known */
        archive_warn warn;
        void *warn_context;
};

/* On failure the directory holds some of it: the caller's to remove.  Messages name the entry. */
int archive_import(const struct archive_import *wanted, struct archive_sums *ret, struct error *err);

/* The digest of a tree, as layers/archive/tree.h has it. */
int archive_tree_digest(int dir, char ret[DIGEST_TEXT_MAX], struct error *err);

#endif
