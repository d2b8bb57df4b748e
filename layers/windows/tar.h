/* The tar of a Windows layer, entry by entry: PAX written, and read as the tools of the field write it (ustar, PAX, long names of GNU).
 * libarchive does not serve here: it passes over every record that is not its own, and MSWINDOWS.* are none. */
#ifndef LAYERS_WINDOWS_TAR_H
#define LAYERS_WINDOWS_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hcs/base/arena.h"
#include "hcs/base/digest.h"
#include "layers/windows/layer.h"

enum wintar_kind { WINTAR_FILE = '0', WINTAR_HARD_LINK = '1', WINTAR_LINK = '2', WINTAR_DIRECTORY = '5' };

struct wintar_attribute { const char *name; struct bytes value; };      /* an extended attribute (EA) of NTFS */

/* Windows' file times: 100 ns since 1601. */
struct wintar_times { uint64_t created, read, written, changed; };

struct wintar_entry {
        enum wintar_kind kind;
        const char *path, *link;        /* with slashes */
        uint64_t size;
        struct wintar_times times;
        bool has_attributes;
        uint32_t attributes;            /* FILE_ATTRIBUTE_* */
        struct bytes security;          /* a self-relative security descriptor; none when empty */
        bool mount_point;               /* of a WINTAR_LINK: a junction */
        LIST_OF(struct wintar_attribute) extended;
};

/* --- in ------------------------------------------------------------------------------------------------------------------- */

enum { WINTAR_END = 1 };

struct wintar_reader {
        const struct winlayer_source *source;
        uint64_t limit;                 /* of bytes */
        uint64_t bytes, left, padding;  /* read so far; of the entry's content; behind it */
        struct digest digest;
        struct arena arena;             /* of the entry */
};

void wintar_reader_init(struct wintar_reader *reader, const struct winlayer_source *source, uint64_t limit);
void wintar_reader_done(struct wintar_reader *reader);
/* The next entry, whatever of the last one was read; it lives until the one after.  WINTAR_END behind the last, when the rest has been
 * read, too. */
int wintar_next(struct wintar_reader *reader, struct wintar_entry *ret, struct error *err);
/* Content of the entry; 0 bytes at its end. */
int wintar_read(struct wintar_reader *reader, void *bytes, size_t size, size_t *ret, struct error *err);

/* Records of a PAX header, laid over what the entry has.  `bytes` lives as long as the arena. */
int wintar_read_records(struct arena *arena, char *bytes, size_t length, struct wintar_entry *entry, struct error *err);

/* --- out ------------------------------------------------------------------------------------------------------------------ */

struct wintar_writer {
        const struct winlayer_sink *sink;
        uint64_t bytes, left, padding;
        struct digest digest;
};

void wintar_writer_init(struct wintar_writer *writer, const struct winlayer_sink *sink);
/* The content, entry->size bytes of it, follows by wintar_write(). */
int wintar_add(struct wintar_writer *writer, const struct wintar_entry *entry, struct error *err);
int wintar_write(struct wintar_writer *writer, const void *bytes, size_t length, struct error *err);
int wintar_end(struct wintar_writer *writer, struct error *err);

/* --- both ----------------------------------------------------------------------------------------------------------------- */

#define WINTAR_BLOCK 512u
/* The largest header of records: a security descriptor has 64 KiB at most, extended attributes 64 KiB. */
#define WINTAR_RECORDS_MAX (1u << 20)

struct wintar_header {
        char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100], magic[8], user[32], group[32], major[8],
                minor[8],
             prefix[155], rest[12];
};
_Static_assert(sizeof(struct wintar_header) == WINTAR_BLOCK, "a tar header");

unsigned wintar_sum(const struct wintar_header *header);

#define WINTAR_EPOCH INT64_C(11644473600)       /* seconds from 1601 to 1970 */
#define WINTAR_SECOND UINT64_C(10000000)        /* of 100 ns */

#endif
