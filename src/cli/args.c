#include "src/cli/args.h"

#include <string.h>

#include "hcs/base/text.h"

/* --- nearest ------------------------------------------------------------------------------------------------------------ */

#define WORD_MAX 40

/* How many letters must change to make one word of the other; two neighbours that change places are one. */
static size_t distance(const char *a, const char *b)
{
        size_t row[WORD_MAX + 1], before[WORD_MAX + 1] = { 0 }, length = strlen(b);

        if (length > WORD_MAX || strlen(a) > WORD_MAX)
                return WORD_MAX;
        for (size_t k = 0; k <= length; k++)
                row[k] = k;
        for (size_t i = 0; a[i]; i++) {
                size_t diagonal = row[0], far = 0;      /* row's at k; before's at k - 1 */

                row[0] = i + 1;
                for (size_t k = 0; k < length; k++) {
                        size_t above = row[k + 1], best = diagonal + (a[i] != b[k]);

                        if (above + 1 < best)
                                best = above + 1;
                        if (row[k] + 1 < best)
                                best = row[k] + 1;
                        if (i && k && a[i] == b[k - 1] && a[i - 1] == b[k] && far + 1 < best)
                                best = far + 1;
                        far = before[k];
                        before[k] = diagonal;
                        diagonal = above;
                        row[k + 1] = best;
                }
                before[length] = diagonal;
        }
        return row[length];
}

const char *args_nearest(const char *word, const char *const *names, size_t count)
{
        const char *nearest = NULL;
        size_t least = strlen(word) < 4 ? 2 : 3;

        for (size_t i = 0; i < count; i++) {
                size_t d = distance(word, names[i]);

                if (d < least) {
                        least = d;
                        nearest = names[i];
                }
        }
        return nearest;
}

/* --- flags -------------------------------------------------------------------------------------------------------------- */

static const struct cmd_flag help_flag = { "help", 'h', CMD_FLAG_BOOL, NULL, "show this help" };

static const struct cmd_flag *find(const struct cmd_flag *flags, const char *name, size_t length)
{
        for (const struct cmd_flag *flag = flags; flag && flag->name; flag++)
                if (strlen(flag->name) == length && strncmp(flag->name, name, length) == 0)
                        return flag;
        return length == 4 && strncmp(name, "help", 4) == 0 ? &help_flag : NULL;
}

static const struct cmd_flag *find_letter(const struct cmd_flag *flags, char letter)
{
        for (const struct cmd_flag *flag = flags; flag && flag->name; flag++)
                if (flag->letter == letter)
                        return flag;
        return letter == 'h' ? &help_flag : NULL;
}

static int refuse_flag(const struct cmd_flag *flags, const char *word, size_t length, struct error *err)
{
        const char *names[ARGS_MAX], *near;
        char name[WORD_MAX + 1];
        size_t count = 0;

        for (const struct cmd_flag *flag = flags; flag && flag->name && count < ARGS_MAX; flag++)
                names[count++] = flag->name;
        if (length > WORD_MAX)
                length = WORD_MAX;
        memcpy(name, word, length);
        name[length] = '\0';
        near = args_nearest(name, names, count);
        return error_set(err, E_INVALID_PARAMETER, "unknown flag --%s%s%s%s", name, near ? "; did you mean --" : "",
                         near ? near : "", near ? "?" : " (--help lists them)");
}

static int give(struct cmd_args *args, const struct cmd_flag *flag, const char *value, struct error *err)
{
        if (args->given_count == ARGS_MAX)
                return error_set(err, E_INVALID_PARAMETER, "too many flags");
        args->given[args->given_count].flag = flag;
        args->given[args->given_count++].value = value;
        return 0;
}

/* --name, --name=value, --name value.  Returns how many words were used. */
static int read_long(struct cmd_args *args, char **words, int count, struct error *err)
{
        const char *name = words[0] + 2, *equals = strchr(name, '=');
        size_t length = equals ? (size_t)(equals - name) : strlen(name);
        const struct cmd_flag *flag = find(args->flags, name, length);

        if (!flag)
                return refuse_flag(args->flags, name, length, err);
        if (flag->kind == CMD_FLAG_BOOL) {
                if (equals && !text_equal(equals + 1, "true") && !text_equal(equals + 1, "false"))
                        return error_set(err, E_INVALID_PARAMETER, "--%s takes no value (or true, false)", flag->name);
                if (equals && text_equal(equals + 1, "false"))
                        return 1;
                return give(args, flag, "", err) < 0 ? err->code : 1;
        }
        if (equals)
                return give(args, flag, equals + 1, err) < 0 ? err->code : 1;
        if (count < 2)
                return error_set(err, E_INVALID_PARAMETER, "--%s needs a value: --%s %s", flag->name, flag->name, flag->value);
        return give(args, flag, words[1], err) < 0 ? err->code : 2;
}

/* -d, -dt, -b value, -bvalue. */
static int read_letters(struct cmd_args *args, char **words, int count, struct error *err)
{
        for (const char *letter = words[0] + 1; *letter; letter++) {
                const struct cmd_flag *flag = find_letter(args->flags, *letter);

                if (!flag)
                        return error_set(err, E_INVALID_PARAMETER, "unknown flag -%c (--help lists them)", *letter);
                if (flag->kind == CMD_FLAG_BOOL) {
                        if (give(args, flag, "", err) < 0)
                                return err->code;
                        continue;
                }
                if (letter[1])
                        return give(args, flag, letter + 1 + (letter[1] == '='), err) < 0 ? err->code : 1;
                if (count < 2)
                        return error_set(err, E_INVALID_PARAMETER, "-%c needs a value: -%c %s", *letter, *letter, flag->value);
                return give(args, flag, words[1], err) < 0 ? err->code : 2;
        }
        return 1;
}

int args_read(struct cmd_args *args, const struct cmd_flag *flags, char **words, int count, bool stop, int *ret_words,
              struct error *err)
{
        int kept = 0;
        bool flags_end = false;

        args->flags = flags;
        args->given_count = 0;
        for (int i = 0; i < count;) {
                int used = 0;

                if (!flags_end && text_equal(words[i], "--")) {
                        flags_end = true;
                        i++;
                        continue;
                }
                if (!flags_end && text_starts_with(words[i], "--"))
                        used = read_long(args, words + i, count - i, err);
                else if (!flags_end && words[i][0] == '-' && words[i][1])
                        used = read_letters(args, words + i, count - i, err);
                if (used < 0)
                        return used;
                if (used == 0) {
                        words[kept++] = words[i++];
                        flags_end = flags_end || stop;
                }
                i += used;
        }
        *ret_words = kept;
        return 0;
}

bool args_has(const struct cmd_args *args, const char *flag)
{
        return args_text(args, flag) != NULL;
}

const char *args_text(const struct cmd_args *args, const char *flag)
{
        const char *value = NULL;

        for (size_t i = 0; i < args->given_count; i++)
                if (strcmp(args->given[i].flag->name, flag) == 0)
                        value = args->given[i].value;
        return value;
}

int args_list(const struct cmd_args *args, const char *flag, struct arena *arena, struct strings *ret, struct error *err)
{
        struct strings list = { .items = arena_alloc_array(arena, args->given_count + 1, sizeof(*list.items)) };

        if (!list.items)
                return error_memory(err);
        for (size_t i = 0; i < args->given_count; i++)
                if (strcmp(args->given[i].flag->name, flag) == 0)
                        list.items[list.count++] = args->given[i].value;
        *ret = list;
        return 0;
}
