/* Windows layers as archives, on any machine: the folder that HcsExportLayer writes and HcsImportLayer reads, to the tar that OCI's Windows
 * images are made of, and back.  Nothing here calls Windows; what each system calls files is in folder-linux.c and folder-windows.c.
 *
 * The folder (hcs-documents.md section 4.2):
 *   Files/, UtilityVM/Files/   each file is its attributes (32 bits, little end first) and its backup stream (stream.h); of a directory
 *                              both are in NAME.$wcidirs$ beside it.  HCS itself exports no UtilityVM
 *   Hives/                     the registry's hives, as they are
 *   tombstones.txt             what was deleted, a line each, relative to Files
 *
 * The tar: PAX, with the attributes in MSWINDOWS.fileattr, the security descriptor in MSWINDOWS.rawsd, extended attributes in
 * MSWINDOWS.xattr.NAME, the creation time in LIBARCHIVE.creationtime; links and junctions (MSWINDOWS.mountpoint) are symbolic links;
 * an alternate stream is a file NAME:STREAM right behind its own; what was deleted is an empty file .wh.NAME; and hard links.  The
 * same folder gives the same bytes.  Left out, as by everybody: object ids, properties and transactions of NTFS.
 *
 * In: the archive is somebody else's.  Each name is judged as Windows would understand it (names.h), nothing is made twice or below
 * anything but a directory, and the folder holds files and directories only, whatever the archive says.  Memory does not grow with
 * what is in the files; with their number by 32 bytes each. */
#ifndef LAYERS_WINDOWS_LAYER_H
#define LAYERS_WINDOWS_LAYER_H

#include <stddef.h>
#include <stdint.h>

#include "hcs/base/digest.h"
#include "hcs/base/error.h"

/* Where the bytes of a tar go, or come from.  `read` gives 0 bytes at the end. */
struct winlayer_sink { int (*write)(void *context, const void *bytes, size_t length, struct error *err); void *context; };
struct winlayer_source { int (*read)(void *context, void *bytes, size_t size, size_t *ret, struct error *err); void *context; };

struct winlayer_limits {
        uint64_t size;                  /* bytes of the tar */
        uint64_t entries;
        uint32_t depth;                 /* directories in one another */
};
#define WINLAYER_LIMITS { .size = 64ull << 30, .entries = 1000000, .depth = 128 }

struct winlayer_sums {
        char diff_id[DIGEST_TEXT_MAX];  /* 64 hexadecimal digits: of the tar */
        uint64_t entries, bytes;        /* in the tar, of it */
};

/* Progress: called now and then, in the caller's thread; `context` is the caller's. */
struct winlayer_progress { void (*tell)(void *context, uint64_t bytes, uint64_t entries); void *context; };

/* `folder` is of the transport form; it is only read. */
int winlayer_pack(const char *folder, const struct winlayer_sink *sink, const struct winlayer_progress *progress,
                  struct winlayer_sums *ret, struct error *err);

/* `folder` is an empty directory of the caller's that nobody else writes to; on failure it holds some of the layer, and is the caller's to
 * remove.  Messages name the entry. */
int winlayer_unpack(const struct winlayer_source *source, const char *folder, const struct winlayer_limits *limits,
                    const struct winlayer_progress *progress, struct winlayer_sums *ret, struct error *err);

#endif
