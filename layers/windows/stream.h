/* Backup streams, as BackupRead gives them and BackupWrite takes them (WIN32_STREAM_ID): the parts of a file of NTFS one behind the
 * other, each with its kind, flags, length and name; and what lies in some of them.  Everything is little end first. */
#ifndef LAYERS_WINDOWS_STREAM_H
#define LAYERS_WINDOWS_STREAM_H

#include "hcs/base/arena.h"
#include "layers/windows/folder.h"
#include "layers/windows/tar.h"

#define WINFILE_DIRECTORY       0x10u   /* FILE_ATTRIBUTE_* */
#define WINFILE_ARCHIVE         0x20u
#define WINFILE_REPARSE_POINT   0x400u

/* A piece of a file's content, in the transport file: `from` there, `at` in the content. */
struct winstream_piece { uint64_t from, at, length; };
struct winstream_alternate { const char *name; uint64_t from, length; };        /* UTF-8, without colons */

/* A transport file, read but for its content. */
struct winstream {
        uint32_t attributes;
        struct bytes security, reparse;
        LIST_OF(struct wintar_attribute) extended;
        bool has_content;
        uint64_t size;
        LIST_OF(struct winstream_piece) pieces;         /* in order; between them are zeros */
        LIST_OF(struct winstream_alternate) alternates; /* sorted by name */
};

/* Strict: what is cut off, out of order or of an unknown kind is E_INVALID_DATA.  Lives in `arena`. */
int winstream_read(struct winfolder_file *file, struct arena *arena, struct winstream *ret, struct error *err);

/* The beginning of a transport file: attributes, security, extended attributes, a link; then content begins, when size is not NULL.
 * The content follows, and alternate streams behind it. */
int winstream_write(struct winfolder_file *file, struct arena *arena, const struct wintar_entry *entry, uint32_t attributes,
                    struct error *err);
int winstream_write_alternate(struct winfolder_file *file, struct arena *arena, const char *name, uint64_t size, struct error *err);

/* reparse.c: REPARSE_DATA_BUFFER of a symbolic link or a junction, from and to its target with slashes. */
int winreparse_read(const struct bytes *data, struct arena *arena, const char **ret_target, bool *ret_mount_point, struct error *err);
int winreparse_write(const char *target, bool mount_point, struct arena *arena, struct bytes *ret, struct error *err);

/* extended.c: FILE_FULL_EA_INFORMATION, sorted by name. */
int winextended_read(const struct bytes *data, struct arena *arena, struct wintar_attribute **ret, size_t *ret_count, struct error *err);
int winextended_write(const struct wintar_entry *entry, struct arena *arena, struct bytes *ret, struct error *err);

/* Numbers as they lie there. */
static inline uint64_t winstream_number(const unsigned char *bytes, int count)
{
        uint64_t number = 0;

        while (count-- > 0)
                number = number << 8 | bytes[count];
        return number;
}
static inline void winstream_set(unsigned char *bytes, int count, uint64_t number)
{
        for (int i = 0; i < count; i++, number >>= 8)
                bytes[i] = (unsigned char)number;
}

#endif
