#include "layers/patch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/path.h"
#include "hcs/base/text.h"
#include "hcs/base/utf8.h"
#include "layers/difference.h"
#include "layers/patch-place.h"

#define FLUSH_AT (256u << 10)

struct writer {
        const struct patch_wish *wish;
        int fd;
        struct text out;
        struct error *err;
};

static void writer_done(struct writer *writer)
{
        text_done(&writer->out);
}

/* --- out ---------------------------------------------------------------------------------------------------------------- */

static void add_printable(struct text *out, const char *bytes, size_t length)
{
        char piece[512], shown[UTF8_PRINTABLE_MAX * sizeof(piece) + 4];

        while (length) {
                size_t run = 0;

                while (run < length && run < sizeof(piece) - 1 && bytes[run] && bytes[run] != '\n' && bytes[run] != '\t')
                        run++;
                if (run == sizeof(piece) - 1 && run < length)   /* not in the middle of a character */
                        while (run > sizeof(piece) - 5 && ((unsigned char)bytes[run] & 0xc0) == 0x80)
                                run--;
                memcpy(piece, bytes, run);
                piece[run] = '\0';
                utf8_printable(piece, shown, sizeof(shown));
                text_add(out, shown);
                bytes += run;
                length -= run;
                if (length && (*bytes == '\n' || *bytes == '\t')) {
                        text_add_char(out, *bytes++);
                        length--;
                }
        }
}

static int flush(struct writer *writer)
{
        _cleanup_(text_done) struct text shown = { 0 };
        const struct text *what = &writer->out;
        int r = text_check(&writer->out, writer->err);

        if (r >= 0 && writer->wish->printable && writer->out.length) {
                add_printable(&shown, writer->out.data, writer->out.length);
                what = &shown;
                r = text_check(&shown, writer->err);
        }
        if (r >= 0 && what->length)
                r = io_write_all(writer->fd, what->data, what->length, "the patch", writer->err);
        text_clear(&writer->out);
        return r;
}

/* As git quotes a name: in C's way when there is anything odd in it. */
static void add_name(struct text *out, const char *side, const char *path)
{
        static const char letters[] = "abtnvfr";
        bool odd = false;

        for (const char *c = path; *c; c++)
                odd |= (unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f || *c == '"' || *c == '\\';
        if (!odd) {
                text_addf(out, "%s%s", side, path);
                return;
        }
        text_addf(out, "\"%s", side);
        for (const char *c = path; *c; c++) {
                unsigned char byte = (unsigned char)*c;

                if (byte == '"' || byte == '\\')
                        text_addf(out, "\\%c", byte);
                else if (byte >= 7 && byte <= 13)
                        text_addf(out, "\\%c", letters[byte - 7]);
                else if (byte < 0x20 || byte >= 0x7f)
                        text_addf(out, "\\%03o", byte);
                else
                        text_add_char(out, *c);
        }
        text_add_char(out, '"');
}

/* A name that has a space in it ends with a tab: else what stands behind could be a time. */
static void add_side(struct text *out, const char *sign, const char *side, const char *path)
{
        text_addf(out, "%s ", sign);
        if (path)
                add_name(out, side, path);
        else
                text_add(out, "/dev/null");
        text_add(out, path && strchr(path, ' ') ? "\t\n" : "\n");
}

static void note(struct writer *writer, const char *path, const char *why)
{
        text_add(&writer->out, "# ");
        add_name(&writer->out, "", path);
        text_addf(&writer->out, ": %s\n", why);
}

/* --- one file ----------------------------------------------------------------------------------------------------------- */

/* Git's own three modes would lose what others must not read. */
static unsigned mode_word(mode_t mode)
{
        return S_ISLNK(mode) ? 0120000 : 0100000 | (mode & 0777);
}

static void add_head(struct text *out, const char *path, mode_t before, mode_t after)
{
        text_add(out, "diff --git ");
        add_name(out, "a", path);
        text_add_char(out, ' ');
        add_name(out, "b", path);
        text_add_char(out, '\n');
        if (!before)
                text_addf(out, "new file mode %06o\n", mode_word(after));
        else if (!after)
                text_addf(out, "deleted file mode %06o\n", mode_word(before));
        else if (mode_word(before) != mode_word(after) || S_ISLNK(after))       /* patch(1) has to know that it is a link */
                text_addf(out, "old mode %06o\nnew mode %06o\n", mode_word(before), mode_word(after));
}

static void add_binary(struct text *out, const char *path, mode_t before, mode_t after)
{
        text_add(out, "Binary files ");
        if (before)
                add_name(out, "a", path);
        else
                text_add(out, "/dev/null");
        text_add(out, " and ");
        if (after)
                add_name(out, "b", path);
        else
                text_add(out, "/dev/null");
        text_add(out, " differ\n");
}

/* What a file becomes; `before` or `after` may be absent (mode 0), and both are of one type.  `same`: its content is. */
struct one { const char *path; const struct patch_place *before, *after; mode_t before_mode, after_mode; bool same; };

static int add_one(struct writer *writer, const struct one *one)
{
        struct patch_content before = { 0 }, after = { 0 };
        _cleanup_(text_done) struct text hunks = { 0 }, mine = { 0 }, other = { 0 };
        const char *why = NULL;
        int r = 0;

        before.text = &mine;
        after.text = &other;
        if (!one->same && one->before_mode)
                r = patch_content_read(&before, one->before, one->before_mode, PATCH_FILE_MAX, writer->err);
        if (r >= 0 && !one->same && one->after_mode)
                r = patch_content_read(&after, one->after, one->after_mode, PATCH_FILE_MAX, writer->err);
        if (r < 0)
                return error_wrap(writer->err, "%s", one->path);
        why = before.why ? before.why : after.why;
        if (!why && (before.binary || after.binary)) {
                add_binary(&writer->out, one->path, one->before_mode, one->after_mode);
                return 0;
        }
        if (!why) {
                const struct difference_side a = { mine.data ? mine.data : "", mine.length };
                const struct difference_side b = { other.data ? other.data : "", other.length };

                r = difference_print(&hunks, &a, &b, writer->err);
                why = r == DIFFERENCE_TOO_LONG ? "it has too many lines for a patch" : NULL;
        }
        if (r < 0)
                return r;
        if (why) {
                note(writer, one->path, why);
                return 0;
        }
        add_head(&writer->out, one->path, one->before_mode, one->after_mode);
        if (hunks.length) {
                add_side(&writer->out, "---", "a", one->before_mode ? one->path : NULL);
                add_side(&writer->out, "+++", "b", one->after_mode ? one->path : NULL);
                text_add_n(&writer->out, hunks.data, hunks.length);
        }
        return writer->out.length > FLUSH_AT ? flush(writer) : 0;
}

static bool is_told(mode_t mode)
{
        return S_ISREG(mode) || S_ISLNK(mode);
}

static const char *word_for(mode_t mode)
{
        switch (mode & S_IFMT) {
        case S_IFIFO:
                return "a fifo is not in a patch";
        case S_IFSOCK:
                return "a socket is not in a patch";
        case S_IFDIR:
                return "a directory by itself is not in a patch";
        default:
                return "a device is not in a patch";
        }
}

/* --- what is no more ---------------------------------------------------------------------------------------------------- */

static int delete_all(struct writer *writer, const char *path, struct patch_place *place, unsigned depth);

static int delete_entry(struct writer *writer, const char *path, struct patch_place *place, unsigned depth)
{
        struct change_look look = { 0 };

        if (change_look_at(place->dir, place->name, &look, NULL) < 0)
                return error_errno(writer->err, "looking at %s", path);
        if (S_ISDIR(look.mode))
                return delete_all(writer, path, place, depth + 1);
        if (is_told(look.mode))
                return add_one(writer, &(struct one){ .path = path, .before = place, .before_mode = look.mode });
        if (look.mode)
                note(writer, path, word_for(look.mode));
        return 0;
}

/* A directory with all that the sandbox saw in it. */
static int delete_all(struct writer *writer, const char *path, struct patch_place *place, unsigned depth)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct strings names = { 0 };
        int r;

        if (depth > CHANGES_DEPTH_MAX)
                return error_set(writer->err, E_NOT_SUPPORTED, "%s: more than %d directories in each other", path, CHANGES_DEPTH_MAX);
        r = patch_place_list(&arena, place, &names, writer->err);
        if (r >= 0 && names.count == 0)
                note(writer, path, word_for(S_IFDIR));
        for (size_t i = 0; r >= 0 && i < names.count; i++) {
                _cleanup_(patch_place_done) struct patch_place below;
                const char *whole = arena_printf(&arena, "%s/%s", path, names.items[i]);

                patch_place_init(&below);
                if (!whole)
                        return error_memory(writer->err);
                r = patch_place_below(place, names.items[i], &below, writer->err);
                if (r >= 0 && below.dir >= 0)
                        r = delete_entry(writer, whole, &below, depth);
        }
        return r;
}

/* --- a change ----------------------------------------------------------------------------------------------------------- */

static void add_untold(struct writer *writer, const struct change *change)
{
        mode_t special = 07000;

        if (change->what & CHANGE_OWNER)
                note(writer, change->path, "its owner is not in a patch");
        if (change->what & CHANGE_XATTRS)
                note(writer, change->path, "its attributes are not in a patch");
        if (S_ISREG(change->after.mode) && ((change->after.mode ^ change->before.mode) & special))
                note(writer, change->path, "set-user-id, set-group-id and sticky bits are not in a patch");
        if (S_ISDIR(change->after.mode) && (change->what & CHANGE_MODE))
                note(writer, change->path, "the mode of a directory is not in a patch");
}

/* Is there another change in the directory, so that the patch makes it? */
static bool is_filled(const struct writer *writer, size_t number)
{
        const change_list *list = writer->wish->changes;

        for (size_t i = number + 1; i < list->count && path_is_below(list->items[i].path, list->items[number].path); i++)
                if (is_told(list->items[i].after.mode))
                        return true;
        return false;
}

static bool is_in_renamed(const struct writer *writer, const char *path)
{
        const change_list *list = writer->wish->changes;

        for (size_t i = 0; i < list->count; i++)
                if (list->items[i].kind == CHANGE_RENAMED && path_is_below(path, list->items[i].path))
                        return true;
        return false;
}

static int add_after(struct writer *writer, const struct change *change, size_t number, const struct patch_place *after)
{
        if (is_told(change->after.mode))
                return add_one(writer, &(struct one){ .path = change->path, .after = after, .after_mode = change->after.mode });
        if (change->after.mode && !(S_ISDIR(change->after.mode) && is_filled(writer, number)))
                note(writer, change->path, word_for(change->after.mode));
        return 0;
}

static int add_changed(struct writer *writer, const struct change *change, const struct patch_place *before,
                       const struct patch_place *after)
{
        const struct one one = {
                .path = change->path, .before = before, .after = after, .before_mode = change->before.mode,
                .after_mode = change->after.mode, .same = !(change->what & CHANGE_CONTENT),
        };
        bool mode = is_told(change->after.mode) && mode_word(change->before.mode) != mode_word(change->after.mode);

        if ((change->what & CHANGE_CONTENT) && !is_told(change->after.mode))
                note(writer, change->path, word_for(change->after.mode));
        return is_told(change->after.mode) && (!one.same || mode) ? add_one(writer, &one) : 0;
}

static int add_change(struct writer *writer, size_t number, bool has_renamed)
{
        const struct change *change = &writer->wish->changes->items[number];
        const struct changes_part *part = &writer->wish->question->parts.items[change->part];
        _cleanup_(patch_place_done) struct patch_place before, after;
        int r = 0;

        patch_place_init(&before);
        patch_place_init(&after);
        if (has_renamed && is_in_renamed(writer, change->path)) {
                note(writer, change->path, "a directory that the overlay renamed, and what is in it, is not in a patch");
                return 0;
        }
        if (change->before.mode)
                r = patch_place_beneath(part, change->where, writer->wish->question->marks, &before, writer->err);
        if (r >= 0 && change->after.mode)
                r = patch_place_above(part, change->where, &after, writer->err);
        if (r < 0)
                return error_wrap(writer->err, "%s", change->path);
        add_untold(writer, change);
        if (change->kind == CHANGE_CHANGED)
                return add_changed(writer, change, &before, &after);
        if (change->before.mode && before.dir >= 0)
                r = delete_entry(writer, change->path, &before, 0);
        return r < 0 ? r : add_after(writer, change, number, &after);
}

int patch_write(const struct patch_wish *wish, int fd, struct error *err)
{
        _cleanup_(writer_done) struct writer writer = { .wish = wish, .fd = fd, .err = err };
        bool has_renamed = false;
        int r = 0;

        for (size_t i = 0; i < wish->changes->count; i++)
                has_renamed |= wish->changes->items[i].kind == CHANGE_RENAMED;
        for (size_t i = 0; r >= 0 && i < wish->changes->count; i++)
                r = add_change(&writer, i, has_renamed);
        return r < 0 ? r : flush(&writer);
}
