/* Files of accounts, merged by account: the sandbox saw others than the host has, with the same names. */
#include <string.h>

#include "layers/apply.h"

struct line { const char *text; size_t length; };

static bool next_line(const char **at, struct line *ret)
{
        if (!**at)
                return false;
        ret->text = *at;
        ret->length = strcspn(*at, "\n");
        *at += ret->length + ((*at)[ret->length] == '\n');
        return true;
}

static size_t name_length(const struct line *line)
{
        const char *colon = memchr(line->text, ':', line->length);

        return colon ? (size_t)(colon - line->text) : line->length;
}

static bool find(const char *file, const struct line *wanted, struct line *ret)
{
        size_t length = name_length(wanted);

        while (next_line(&file, ret))
                if (name_length(ret) == length && memcmp(ret->text, wanted->text, length) == 0)
                        return true;
        return false;
}

/* The next field, and the rest of the line; false when nothing is left of it. */
static bool cut(struct line *rest, struct line *ret)
{
        size_t length;

        *ret = (struct line){ "", 0 };
        if (!rest->text)
                return false;
        length = name_length(rest);
        *ret = (struct line){ rest->text, length };
        *rest = length < rest->length ? (struct line){ rest->text + length + 1, rest->length - length - 1 } : (struct line){ NULL, 0 };
        return true;
}

static bool is_equal(const struct line *a, const struct line *b)
{
        return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* Field by field: the sandbox's where it changed it. */
static void merge_line(struct text *out, struct line base, struct line mine, struct line theirs)
{
        struct line b, m, t;

        for (bool first = true; cut(&theirs, &t); first = false) {
                (void)cut(&base, &b);
                (void)cut(&mine, &m);
                if (!first)
                        text_add_char(out, ':');
                text_add_n(out, is_equal(&b, &m) ? t.text : m.text, is_equal(&b, &m) ? t.length : m.length);
        }
        text_add_char(out, '\n');
}

int apply_merge(const char *base, const char *mine, const char *theirs, struct text *out, struct error *err)
{
        struct line line, before, after, other;

        for (const char *at = theirs; next_line(&at, &line);) {
                if (!find(base, &line, &before)) {
                        text_add_n(out, line.text, line.length);        /* never seen in the sandbox */
                        text_add_char(out, '\n');
                } else if (find(mine, &line, &after)) {
                        merge_line(out, before, after, line);
                }
        }
        for (const char *at = mine; next_line(&at, &line);)
                if (!find(base, &line, &other) && !find(theirs, &line, &other)) {
                        text_add_n(out, line.text, line.length);
                        text_add_char(out, '\n');
                }
        return text_check(out, err);
}
