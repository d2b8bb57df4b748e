#include "hcs/local/mountinfo.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "hcs/base/io.h"
#include "hcs/base/text.h"

#define MOUNTINFO_MAX (16u << 20)

/* Blanks and their kin are written as \ and three octal digits. */
static char *unescape(struct arena *arena, const char *bytes, size_t length)
{
        char *path = arena_copy_n(arena, bytes, length), *to = path;

        for (const char *from = path; path && *from; from++) {
                if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
                        *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
                        from += 3;
                } else {
                        *to++ = *from;
                }
        }
        if (path)
                *to = '\0';
        return path;
}

/* The next word of a line. */
static const char *take(struct arena *arena, const char **at)
{
        const char *word = *at;
        size_t length = strcspn(word, " \n");

        *at += length + (word[length] == ' ');
        return unescape(arena, word, length);
}

/* "ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS ... - TYPE SOURCE OPTIONS" */
static bool parse_line(struct arena *arena, const char *line, size_t length, struct mountinfo_line *ret)
{
        const char *at = line, *type = strstr(line, " - ");
        unsigned id, parent, major_number, minor_number;

        if (!type || type > line + length || sscanf(line, "%u %u %u:%u", &id, &parent, &major_number, &minor_number) != 4)
                return false;
        for (int skip = 0; skip < 3; skip++)
                (void)take(arena, &at);
        type += 3;
        *ret = (struct mountinfo_line){ .id = id, .device = makedev(major_number, minor_number), .root = take(arena, &at) };
        ret->place = take(arena, &at);
        ret->type = take(arena, &type);
        return ret->root && ret->place && ret->type;
}

int mountinfo_parse(struct arena *arena, const char *text, mountinfo *ret, struct error *err)
{
        size_t lines = 1;

        for (const char *c = text; *c; c++)
                lines += *c == '\n';
        *ret = (mountinfo){ .items = arena_alloc_array(arena, lines, sizeof(*ret->items)) };
        if (!ret->items)
                return error_memory(err);
        for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
                if (parse_line(arena, line, strcspn(line, "\n"), &ret->items[ret->count]))
                        ret->count++;
        return 0;
}

int mountinfo_read(struct arena *arena, pid_t pid, mountinfo *ret, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        char path[64] = "/proc/self/mountinfo";
        int r;

        if (pid)
                (void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
        r = io_read_file(path, MOUNTINFO_MAX, &text, err);
        return r < 0 ? r : mountinfo_parse(arena, text.data ? text.data : "", ret, err);
}
