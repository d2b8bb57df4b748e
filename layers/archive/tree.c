#include "layers/archive/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "layers/archive/attributes.h"

/* --- sums ------------------------------------------------------------------------------------------------------------------- */

static uint64_t word_at(const unsigned char *bytes)
{
        uint64_t word = 0;

        for (size_t i = 0; i < 8; i++)
                word = word << 8 | bytes[i];
        return word;
}

/* Ends an entry; what is taken away is what 2 to the 256 lacks of it. */
static void end_entry(struct tree *tree, bool away)
{
        unsigned char bytes[SUM_LENGTH];
        unsigned carry = away;

        sum_end(&tree->sum, bytes);
        for (size_t i = 0; i < 4; i++) {
                uint64_t word = away ? ~word_at(bytes + 8 * i) : word_at(bytes + 8 * i), with = tree->words[i] + carry;

                carry = with < carry;
                tree->words[i] = with + word;
                carry += tree->words[i] < word;
        }
}

void tree_text(const struct tree *tree, char ret[DIGEST_TEXT_MAX])
{
        snprintf(ret, DIGEST_TEXT_MAX, "%016llx%016llx%016llx%016llx", (unsigned long long)tree->words[3],
                 (unsigned long long)tree->words[2], (unsigned long long)tree->words[1], (unsigned long long)tree->words[0]);
}

/* --- one entry -------------------------------------------------------------------------------------------------------------- */

static void add_number(struct tree *tree, uint64_t number)
{
        unsigned char bytes[8];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (unsigned char)(number >> (8 * i));
        sum_add(&tree->sum, bytes, sizeof(bytes));
}

static int add_attribute(void *context, const char *name, const void *value, size_t length)
{
        struct tree *tree = context;

        sum_add(&tree->sum, name, strlen(name) + 1);
        add_number(tree, length);
        sum_add(&tree->sum, value, length);
        return 0;
}

/* Everything but the content.  `name` NULL: of what `dir` itself is open for. */
static int add_look(struct tree *tree, int dir, const char *name, const char *path, const struct stat *what, struct error *err)
{
        sum_begin(&tree->sum);
        sum_add(&tree->sum, path, *path ? strlen(path) + 1 : 0);
        add_number(tree, what->st_mode);
        add_number(tree, what->st_uid);
        add_number(tree, what->st_gid);
        add_number(tree, (uint64_t)what->st_mtim.tv_sec);
        add_number(tree, (uint64_t)what->st_mtim.tv_nsec);
        if (!S_ISDIR(what->st_mode)) {
                add_number(tree, what->st_nlink);
                add_number(tree, (uint64_t)what->st_size);
                add_number(tree, what->st_rdev);
        }
        return attributes_each(dir, name, add_attribute, tree, err);
}

static int add_content(struct tree *tree, int file, uint64_t size, struct error *err)
{
        ssize_t n = 0;
        off_t at = 0;

        /* One call less for each file that does not grow meanwhile: its size says where it ends. */
        while ((uint64_t)at < size && ((n = pread(file, tree->piece, TREE_PIECE, at)) > 0 || (n < 0 && errno == EINTR)))
                if (n > 0) {
                        sum_add(&tree->sum, tree->piece, (size_t)n);
                        at += n;
                }
        return n < 0 ? error_errno(err, "reading it") : 0;
}

static int end_file(struct tree *tree, int file, const char *path, const struct stat *what, bool away, struct error *err)
{
        int r = add_look(tree, file, NULL, path, what, err);

        if (r >= 0)
                r = add_content(tree, file, (uint64_t)what->st_size, err);
        if (r >= 0)
                end_entry(tree, away);
        return r;
}

int tree_add_file(struct tree *tree, int file, const char *path, const struct stat *what, struct error *err)
{
        return end_file(tree, file, path, what, false, err);
}

int tree_take_file(struct tree *tree, int file, const char *path, const struct stat *what, struct error *err)
{
        return end_file(tree, file, path, what, true, err);
}

int tree_add_directory(struct tree *tree, int dir, const char *path, struct error *err)
{
        struct stat what;
        int r;

        if (fstat(dir, &what) < 0)
                return error_errno(err, "looking at it");
        r = add_look(tree, dir, NULL, path, &what, err);
        if (r >= 0)
                end_entry(tree, false);
        return r;
}

int tree_add_other(struct tree *tree, int dir, const char *name, const char *path, const struct stat *what, struct error *err)
{
        _cleanup_(io_closep) int file = -1;
        ssize_t n;
        int r;

        if (S_ISREG(what->st_mode)) {
                file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
                return file < 0 ? error_errno(err, "opening it") : tree_add_file(tree, file, path, what, err);
        }
        r = add_look(tree, dir, name, path, what, err);
        if (r >= 0 && S_ISLNK(what->st_mode)) {
                n = readlinkat(dir, name, (char *)tree->piece, TREE_PIECE);
                if (n < 0)
                        return error_errno(err, "reading the link");
                sum_add(&tree->sum, tree->piece, (size_t)n);
        }
        if (r >= 0)
                end_entry(tree, false);
        return r;
}
