#include "layers/windows/names.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "hcs/base/text.h"
#include "hcs/base/utf8.h"

#define NAME_MAX_UNITS 255              /* of UTF-16, in one name */

static int refuse(struct error *err, const char *why)
{
        return error_set(err, E_INVALID_DATA, "%s", why);
}

/* --- one name ------------------------------------------------------------------------------------------------------------- */

static bool is_word(const char *name, size_t length, const char *word)
{
        return strlen(word) == length && strncasecmp(name, word, length) == 0;
}

/* COM1 to COM9 and LPT1 to LPT9, of which the superscripts 1, 2 and 3 count as digits. */
static bool is_port(const char *name, size_t length)
{
        const char *digit = name + 3;

        if (length < 4 || (strncasecmp(name, "COM", 3) != 0 && strncasecmp(name, "LPT", 3) != 0))
                return false;
        if (length == 4)
                return *digit >= '0' && *digit <= '9';
        return length == 5 && (memcmp(digit, "\xc2\xb9", 2) == 0 || memcmp(digit, "\xc2\xb2", 2) == 0 || memcmp(digit, "\xc2\xb3", 2) == 0);
}

/* Whatever stands behind a device's name and a dot, it is the device. */
static bool is_device(const char *name, size_t length)
{
        static const char *const words[] = { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$" };
        size_t stem = 0;

        while (stem < length && name[stem] != '.')
                stem++;
        while (stem > 0 && name[stem - 1] == ' ')
                stem--;
        for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
                if (is_word(name, stem, words[i]))
                        return true;
        return is_port(name, stem);
}

static int check_letters(const char *name, size_t length, struct error *err)
{
        size_t units = 0;

        for (size_t at = 0; at < length;) {
                uint32_t letter = 0;
                size_t n = utf8_decode(name + at, length - at, &letter);

                if (n == 0)
                        return refuse(err, "its path is not UTF-8");
                if (letter < 0x20 || (letter < 0x80 && strchr("\\:*?\"<>|", (int)letter)))
                        return letter < 0x20 ? refuse(err, "its path has a control character in it") :
                               error_set(err, E_INVALID_DATA, "its path has \"%c\" in a name, which Windows does not take for one",
                                         (char)letter);
                units += letter > 0xffff ? 2 : 1;
                at += n;
        }
        return units <= NAME_MAX_UNITS ? 0 : error_set(err, E_INVALID_DATA, "its path has a name of %zu characters; Windows takes %d",
                                                       units,
                                                       NAME_MAX_UNITS);
}

static bool ends_with(const char *name, size_t length, const char *end)
{
        size_t more = strlen(end);

        return length >= more && strncasecmp(name + length - more, end, more) == 0;
}

static int check_name(const char *name, size_t length, struct error *err)
{
        if (length == 0)
                return refuse(err, "its path has an empty name in it");
        if (length == 2 && memcmp(name, "..", 2) == 0)
                return refuse(err, "its path has \"..\" in it, which may lead out of the layer");
        if (check_letters(name, length, err) < 0)
                return err->code;
        if (name[length - 1] == '.' || name[length - 1] == ' ')
                return refuse(err, "its path has a name that ends with a dot or a blank, which Windows would leave out");
        if (is_device(name, length))
                return refuse(err, "its path has the name of a device in it");
        if (ends_with(name, length, WINNAMES_DIRECTORY))
                return refuse(err, "its path has a name that ends with " WINNAMES_DIRECTORY ", which layers keep for themselves");
        return 0;
}

/* --- all of them ---------------------------------------------------------------------------------------------------------- */

bool winnames_is_hive(const char *path)
{
        return text_starts_with(path, "Hives/");
}

bool winnames_is_file(const char *path)
{
        return text_starts_with(path, "Files/") || text_starts_with(path, "UtilityVM/Files/");
}

static int check_place(const char *path, struct error *err)
{
        static const char *const tops[] = { "Files", "Hives", "UtilityVM", "UtilityVM/Files" };

        for (size_t i = 0; i < ARRAY_LENGTH(tops); i++)
                if (text_equal(path, tops[i]))
                        return 0;
        if (winnames_is_hive(path))
                return strchr(path + strlen("Hives/"), '/') ? refuse(err, "it is in a directory of Hives, which has none") : 0;
        return winnames_is_file(path) ? 0 :
               refuse(err, "it is none of Files, Hives and UtilityVM/Files, which is all that a Windows layer has");
}

/* NAME:STREAM, in the last name of a path. */
static int take_stream(struct winname *name, struct error *err)
{
        char *slash = strrchr(name->path, '/'), *colon = strchr(slash ? slash : name->path, ':');

        name->stream = name->room;
        name->room[0] = '\0';
        if (!colon)
                return 0;
        strcpy(name->room, colon + 1);
        *colon = '\0';
        if (!*name->stream || strchr(name->stream, ':'))
                return refuse(err, "its path names no alternate stream, or more than one");
        if (!winnames_is_file(name->path))
                return refuse(err, "an alternate stream of what is no file below Files or UtilityVM/Files");
        return check_letters(name->stream, strlen(name->stream), err);
}

static int take_mark(struct winname *name, struct error *err)
{
        char *slash = strrchr(name->path, '/'), *last = slash ? slash + 1 : name->path;

        name->is_mark = text_starts_with(last, WINNAMES_MARK);
        if (!name->is_mark)
                return 0;
        memmove(last, last + strlen(WINNAMES_MARK), strlen(last + strlen(WINNAMES_MARK)) + 1);
        if (text_starts_with(last, WINNAMES_MARK))
                return refuse(err, "a whiteout of a kind that Windows layers have not");
        if (*name->stream)
                return refuse(err, "a whiteout of an alternate stream");
        return text_starts_with(name->path, "Files/") ? 0 : refuse(err, "a whiteout outside of Files");
}

static int check_names(const char *path, uint32_t depth, struct error *err)
{
        uint32_t names = 0;

        for (const char *name = path;; name += strcspn(name, "/") + 1) {
                size_t length = strcspn(name, "/");

                if (check_name(name, length, err) < 0)
                        return err->code;
                if (++names > depth)
                        return error_set(err, E_INVALID_DATA, "it is more than %u directories deep", depth);
                if (!name[length])
                        return 0;
        }
}

int winnames_read(const char *path, uint32_t depth, struct winname *ret, struct error *err)
{
        size_t length;

        if (*path == '/' || *path == '\\')
                return refuse(err, "its path is absolute; those of a layer begin at its top");
        while (text_starts_with(path, "./"))
                path += 2;
        length = strlen(path);
        while (length > 0 && path[length - 1] == '/')
                length--;
        if (length == 0)
                return refuse(err, "it has no name");
        if (length > WINNAMES_PATH_MAX)
                return error_set(err, E_INVALID_DATA, "its path has more than %d bytes", WINNAMES_PATH_MAX);
        memcpy(ret->path, path, length);
        ret->path[length] = '\0';
        if (take_stream(ret, err) < 0 || take_mark(ret, err) < 0 || check_names(ret->path, depth, err) < 0)
                return err->code;
        return check_place(ret->path, err);
}

/* --- capitals ------------------------------------------------------------------------------------------------------------- */

/* From first to last; every second one is a capital, or the small one is `add` behind. */
static const struct { uint32_t first, last, add; bool pairs; } capitals[] = {
        { 'A', 'Z', 32, false }, { 0xc0, 0xd6, 32, false }, { 0xd8, 0xde, 32, false }, { 0x100, 0x12f, 1, true }, { 0x132, 0x137, 1, true },
        { 0x14a, 0x177, 1, true }, { 0x391, 0x3a1, 32, false }, { 0x3a3, 0x3ab, 32, false }, { 0x400, 0x40f, 80, false },
        { 0x410, 0x42f, 32, false }, { 0x460, 0x481, 1, true }, { 0x48a, 0x4bf, 1, true }, { 0x4d0, 0x52f, 1, true },
                { 0x531, 0x556, 48, false },
        { 0x1e00, 0x1e95, 1, true }, { 0x1ea0, 0x1eff, 1, true }, { 0x2160, 0x216f, 16, false }, { 0x24b6, 0x24cf, 26, false },
        { 0xff21, 0xff3a, 32, false }, { 0x10400, 0x10427, 40, false },
};

/* Pairs of which the capital has the odd number. */
static const struct { uint32_t first, last; } odd_pairs[] = { { 0x139, 0x148 }, { 0x179, 0x17e }, { 0x4c1, 0x4ce } };

static uint32_t small(uint32_t letter)
{
        if (letter < 0x80)
                return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter;
        for (size_t i = 0; i < ARRAY_LENGTH(capitals); i++)
                if (letter >= capitals[i].first && letter <= capitals[i].last)
                        return capitals[i].pairs ? letter | 1 : letter + capitals[i].add;
        for (size_t i = 0; i < ARRAY_LENGTH(odd_pairs); i++)
                if (letter >= odd_pairs[i].first && letter <= odd_pairs[i].last)
                        return letter % 2 ? letter + 1 : letter;
        return letter == 0x178 ? 0xff : letter == 0x386 ? 0x3ac : letter == 0x4c0 ? 0x4cf : letter;
}

void winnames_fold(const char *text, char *ret)
{
        for (size_t length = strlen(text); length > 0;) {
                uint32_t letter = 0;
                size_t n = utf8_decode(text, length, &letter);

                if (n == 0) {           /* whoever asks has looked: it is UTF-8 */
                        *ret++ = *text;
                        n = 1;
                } else {
                        ret += utf8_encode(small(letter), ret);
                }
                text += n;
                length -= n;
        }
        *ret = '\0';
}
