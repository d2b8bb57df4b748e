/* A change set, told. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "hcs/base/base64.h"
#include "hcs/base/json.h"
#include "hcs/base/text.h"
#include "hcs/base/utf8.h"
#include "src/lib/changes.h"

static const struct { unsigned bit; const char *word; } aspects[] = {
        { CHANGE_CONTENT, "content" }, { CHANGE_MODE, "mode" }, { CHANGE_OWNER, "owner" }, { CHANGE_XATTRS, "attributes" },
        { CHANGE_TIME, "time" },
};

static const struct { char letter; const char *word; } kinds[] = {
        [CHANGE_ADDED] = { 'A', "added" }, [CHANGE_CHANGED] = { 'M', "changed" }, [CHANGE_DELETED] = { 'D', "deleted" },
        [CHANGE_TYPE] = { 'T', "type" }, [CHANGE_RENAMED] = { 'R', "renamed" },
};

/* --- for people --------------------------------------------------------------------------------------------------------- */

static void add_path(struct text *out, const char *path)
{
        char printable[UTF8_PRINTABLE_MAX * 4096 + 8];

        utf8_printable(path, printable, sizeof(printable));
        text_add(out, printable);
}

static void add_aspects(struct text *out, unsigned what)
{
        const char *before = " (";

        if (what & ~(unsigned)CHANGE_TIME)
                what &= ~(unsigned)CHANGE_TIME; /* goes with nearly everything */
        for (size_t i = 0; i < ARRAY_LENGTH(aspects); i++)
                if (what & aspects[i].bit) {
                        text_addf(out, "%s%s", before, aspects[i].word);
                        before = ", ";
                }
        if (what)
                text_add_char(out, ')');
}

void changes_print_lines(struct text *out, const change_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                const struct change *change = &list->items[i];

                text_addf(out, "%c ", kinds[change->kind].letter);
                if (change->from) {
                        add_path(out, change->from);
                        text_add(out, " -> ");
                }
                add_path(out, change->path);
                if (S_ISDIR(change->after.mode ? change->after.mode : change->before.mode))
                        text_add_char(out, '/');
                add_aspects(out, change->what);
                if (change->link) {
                        text_add(out, " (the same file as ");
                        add_path(out, change->link);
                        text_add_char(out, ')');
                }
                if (change->hidden)
                        text_add(out, " (hides the host's)");
                text_add_char(out, '\n');
        }
}

void changes_print_names(struct text *out, const change_list *list, char end)
{
        for (size_t i = 0; i < list->count; i++) {
                if (end)
                        add_path(out, list->items[i].path);
                else
                        text_add(out, list->items[i].path);
                text_add_char(out, end);
        }
}

struct sums { size_t counts[CHANGE_RENAMED + 1]; uint64_t bytes; };

static struct sums sums_of(const change_list *list)
{
        struct sums sums = { 0 };

        for (size_t i = 0; i < list->count; i++) {
                const struct change *change = &list->items[i];

                sums.counts[change->kind]++;
                if (!change->link && S_ISREG(change->after.mode) && (change->kind != CHANGE_CHANGED || (change->what & CHANGE_CONTENT)))
                        sums.bytes += change->after.size;
        }
        return sums;
}

static void add_size(struct text *out, uint64_t bytes)
{
        static const char units[] = "kMGTPE";
        double value = (double)bytes;
        int unit = -1;

        while (value >= 1000 && unit < 5) {
                value /= 1000;
                unit++;
        }
        if (unit < 0)
                text_addf(out, "%u bytes", (unsigned)bytes);
        else
                text_addf(out, "%.1f %cB", value, units[unit]);
}

void changes_print_stat(struct text *out, const change_list *list)
{
        static const char *const words[] = {
                [CHANGE_ADDED] = "added", [CHANGE_CHANGED] = "changed", [CHANGE_DELETED] = "deleted", [CHANGE_TYPE] = "of another type",
                [CHANGE_RENAMED] = "renamed",
        };
        struct sums sums = sums_of(list);
        const char *before = "";

        if (list->count == 0)
                text_add(out, "nothing");
        for (size_t i = CHANGE_ADDED; i <= CHANGE_RENAMED; i++)
                if (sums.counts[i]) {
                        text_addf(out, "%s%zu %s", before, sums.counts[i], words[i]);
                        before = ", ";
                }
        if (sums.bytes) {
                text_add(out, " (");
                add_size(out, sums.bytes);
                text_add_char(out, ')');
        }
}

/* --- for programs ------------------------------------------------------------------------------------------------------- */

static const char *type_word(mode_t mode)
{
        switch (mode & S_IFMT) {
        case S_IFREG:
                return "file";
        case S_IFDIR:
                return "directory";
        case S_IFLNK:
                return "link";
        case S_IFIFO:
                return "fifo";
        case S_IFSOCK:
                return "socket";
        default:
                return "device";
        }
}

void changes_print_path(struct text *out, const char *key, const char *path)
{
        struct text valid = { 0 };
        size_t length = strlen(path), at = 0;

        text_addf(out, "\"%s\":", key);
        if (utf8_is_valid(path, length)) {
                json_write_string(out, path);
                return;
        }
        while (at < length) {
                size_t run = utf8_valid_run(path + at, length - at);

                text_add_n(&valid, path + at, run);
                at += run;
                if (at < length) {
                        text_add(&valid, "\xef\xbf\xbd");
                        at++;
                }
        }
        json_write_string(out, valid.data ? valid.data : "");
        out->failed |= valid.failed;
        text_done(&valid);
        text_addf(out, ",\"%sBase64\":\"", key);
        base64_add(out, (const unsigned char *)path, length);
        text_add_char(out, '"');
}

static void add_look(struct text *out, const char *key, const struct change_look *look)
{
        if (!look->mode)
                return;
        text_addf(out, ",\"%s\":{\"type\":\"%s\",\"mode\":\"%04o\",\"uid\":%u,\"gid\":%u", key, type_word(look->mode),
                  (unsigned)(look->mode & 07777), look->uid, look->gid);
        if (S_ISREG(look->mode))
                text_addf(out, ",\"size\":%llu", (unsigned long long)look->size);
        text_add_char(out, '}');
}

static void add_change(struct text *out, const struct change *change)
{
        const char *before = "";

        text_add_char(out, '{');
        changes_print_path(out, "path", change->path);
        text_addf(out, ",\"change\":\"%s\"", kinds[change->kind].word);
        if (change->from) {
                text_add_char(out, ',');
                changes_print_path(out, "from", change->from);
        }
        if (change->link) {
                text_add_char(out, ',');
                changes_print_path(out, "link", change->link);
        }
        if (change->what) {
                text_add(out, ",\"what\":[");
                for (size_t i = 0; i < ARRAY_LENGTH(aspects); i++)
                        if (change->what & aspects[i].bit) {
                                text_addf(out, "%s\"%s\"", before, aspects[i].word);
                                before = ",";
                        }
                text_add_char(out, ']');
        }
        add_look(out, "before", &change->before);
        add_look(out, "after", &change->after);
        text_add(out, change->hidden ? ",\"hidden\":true}" : "}");
}

void changes_print_list(struct text *out, const change_list *list)
{
        text_add(out, "\"changes\":[");
        for (size_t i = 0; i < list->count; i++) {
                if (i)
                        text_add_char(out, ',');
                add_change(out, &list->items[i]);
        }
        text_add_char(out, ']');
}

void changes_print_json(struct text *out, const change_list *list)
{
        struct sums sums = sums_of(list);

        text_addf(out, "{\"summary\":{\"added\":%zu,\"changed\":%zu,\"deleted\":%zu,\"type\":%zu,\"renamed\":%zu,\"bytes\":%llu},",
                  sums.counts[CHANGE_ADDED], sums.counts[CHANGE_CHANGED], sums.counts[CHANGE_DELETED], sums.counts[CHANGE_TYPE],
                  sums.counts[CHANGE_RENAMED], (unsigned long long)sums.bytes);
        changes_print_list(out, list);
        text_add_char(out, '}');
}
