/* Symbolic links and junctions as NTFS keeps them: the target as the kernel wants it, and as people read it.  What a target names is
 * nobody's
 * business here: nothing follows it, and inside the sandbox it means what it says there. */
#include <stdlib.h>
#include <string.h>

#include "hcs/base/text.h"
#include "hcs/base/utf16.h"
#include "layers/windows/stream.h"

#define TAG_SYMLINK     0xa000000cu
#define TAG_JUNCTION    0xa0000003u
#define TARGET_MAX      16000u          /* of UTF-16, each: both and the head are below 64 KiB */

static int refuse(struct error *err)
{
        return error_set(err, E_INVALID_DATA, "its link is damaged");
}

/* `offset` and `length` of bytes, in what is behind the numbers. */
static int read_text(const unsigned char *bytes, size_t size, size_t offset, size_t length, struct arena *arena, char **ret,
                     struct error *err)
{
        _cleanup_(free_charp) char *text = NULL;
        _cleanup_(free_utf16p) char16_t *wide = NULL;

        if (length % 2 || offset > size || length > size - offset)
                return refuse(err);
        wide = calloc(length / 2 + 1, sizeof(*wide));
        if (!wide)
                return error_memory(err);
        for (size_t i = 0; i < length / 2; i++)
                wide[i] = (char16_t)winstream_number(bytes + offset + 2 * i, 2);
        if (utf16_length(wide) != length / 2 || utf16_to_utf8(wide, &text, err) < 0)
                return refuse(err);
        *ret = arena_copy(arena, text);
        return *ret ? 0 : error_memory(err);
}

int winreparse_read(const struct bytes *data, struct arena *arena, const char **ret_target, bool *ret_mount_point, struct error *err)
{
        uint32_t tag = data->count >= 8 ? (uint32_t)winstream_number(data->items, 4) : 0;
        size_t head = tag == TAG_SYMLINK ? 20 : 16, print;
        const unsigned char *bytes = data->items;
        char *target = NULL;

        if (data->count >= 8 && tag != TAG_SYMLINK && tag != TAG_JUNCTION)
                return error_set(err, E_NOT_SUPPORTED,
                                 "it is a reparse point with the tag 0x%08x; an archive knows symbolic links and junctions",
                                 (unsigned)tag);
        if (data->count < head || winstream_number(bytes + 4, 2) + 8 != data->count)
                return refuse(err);
        /* Some junctions have nothing for people to read: then it is the kernel's, without what stands before it. */
        print = (size_t)winstream_number(bytes + 14, 2);
        if (read_text(bytes + head, data->count - head, (size_t)winstream_number(bytes + (print ? 12 : 8), 2),
                      print ? print : (size_t)winstream_number(bytes + 10, 2), arena, &target, err) < 0)
                return err->code;
        if (!print && text_starts_with(target, "\\??\\"))
                target += 4;
        if (!*target)
                return refuse(err);
        for (char *at = target; (at = strchr(at, '\\')); )
                *at = '/';
        *ret_target = target;
        *ret_mount_point = tag == TAG_JUNCTION;
        return 0;
}

static bool has_drive(const char *target)
{
        return ((target[0] >= 'a' && target[0] <= 'z') || (target[0] >= 'A' && target[0] <= 'Z')) && target[1] == ':';
}

/* As the kernel wants it; NULL, and no failure in `arena`: it is relative. */
static const char *kernel_target(const char *target, struct arena *arena)
{
        if (text_starts_with(target, "\\\\?\\") || text_starts_with(target, "\\\\.\\"))
                return arena_printf(arena, "\\??\\%s", target + 4);
        if (text_starts_with(target, "\\\\"))
                return arena_printf(arena, "\\??\\UNC\\%s", target + 2);
        return has_drive(target) ? arena_printf(arena, "\\??\\%s", target) : target;
}

int winreparse_write(const char *link, bool mount_point, struct arena *arena, struct bytes *ret, struct error *err)
{
        _cleanup_(free_utf16p) char16_t *print = NULL, *kernel = NULL;
        char *target = arena_copy(arena, link);
        size_t head = mount_point ? 16 : 20, print_length, kernel_length, size;
        const char *wanted;
        unsigned char *bytes;

        if (!target)
                return error_memory(err);
        for (char *at = target; (at = strchr(at, '/')); )
                *at = '\\';
        wanted = kernel_target(target, arena);
        if (!wanted)
                return error_memory(err);
        if (!*target || (mount_point && wanted == target))
                return error_set(err, E_INVALID_DATA, *target ? "a junction to no absolute path" : "a link to nothing");
        if (utf16_from_utf8(target, &print, err) < 0 || utf16_from_utf8(wanted, &kernel, err) < 0)
                return error_wrap(err, "its target");
        print_length = 2 * utf16_length(print);
        kernel_length = 2 * utf16_length(kernel);
        if (print_length > 2 * TARGET_MAX || kernel_length > 2 * TARGET_MAX)
                return error_set(err, E_INVALID_DATA, "its target has more than %u characters", TARGET_MAX);
        size = head + kernel_length + 2 + print_length + 2;
        bytes = arena_alloc(arena, size);
        if (!bytes)
                return error_memory(err);
        winstream_set(bytes, 4, mount_point ? TAG_JUNCTION : TAG_SYMLINK);
        winstream_set(bytes + 4, 2, size - 8);
        winstream_set(bytes + 10, 2, kernel_length);
        winstream_set(bytes + 12, 2, kernel_length + 2);
        winstream_set(bytes + 14, 2, print_length);
        if (!mount_point)
                winstream_set(bytes + 16, 4, wanted == target);         /* SYMLINK_FLAG_RELATIVE */
        for (size_t i = 0; i < kernel_length / 2; i++)
                winstream_set(bytes + head + 2 * i, 2, kernel[i]);
        for (size_t i = 0; i < print_length / 2; i++)
                winstream_set(bytes + head + kernel_length + 2 + 2 * i, 2, print[i]);
        *ret = (struct bytes){ bytes, size };
        return 0;
}
