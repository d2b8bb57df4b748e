#include "layers/mask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/digest.h"
#include "hcs/base/io.h"
#include "hcs/base/text.h"
#include "layers/volumes.h"

#define FORMAT "hcs-sandbox mask 1"     /* another content of masks needs another name */

int mask_open_home(const char *home)
{
        _cleanup_(io_closep) int fd = open(home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat what;

        if (fd < 0)
                return -1;
        if (fstat(fd, &what) < 0)
                return -1;
        if (what.st_uid != geteuid() || what.st_mode & 022) {
                errno = EACCES;
                return -1;
        }
        return take_fd(fd);
}

/* --- names -------------------------------------------------------------------------------------------------------------- */

static void add_word(struct digest *digest, const char *word)
{
        digest_add(digest, word, strlen(word) + 1);
}

static void add_number(struct digest *digest, uint64_t number)
{
        digest_add(digest, &number, sizeof(number));
}

static void add_strings(struct digest *digest, const struct strings *strings)
{
        add_number(digest, strings->count);
        for (size_t i = 0; i < strings->count; i++)
                add_word(digest, strings->items[i]);
}

static const char *key_of(struct arena *arena, const struct mask_question *question)
{
        struct digest digest;
        char key[DIGEST_TEXT_MAX];

        digest_begin(&digest);
        add_word(&digest, FORMAT);
        add_number(&digest, question->way);
        add_strings(&digest, &question->wishes->hide);
        add_strings(&digest, &question->wishes->show);
        add_strings(&digest, &question->own);
        digest_end(&digest, key, MASK_KEY_LENGTH);
        return arena_copy(arena, key);
}

/* Times are left out: a directory of the host that changed makes no other mask. */
static const char *digest_of(struct arena *arena, enum mask_way way, const mask_entry_list *entries)
{
        struct digest digest;
        char name[DIGEST_TEXT_MAX];

        digest_begin(&digest);
        add_word(&digest, FORMAT);
        add_number(&digest, way);
        for (size_t i = 0; i < entries->count; i++) {
                const struct mask_entry *entry = &entries->items[i];

                add_word(&digest, entry->path);
                add_number(&digest, entry->kind);
                if (entry->kind == MASK_ABSENT)
                        continue;
                add_number(&digest, entry->like.mode);
                add_number(&digest, entry->like.uid);
                add_number(&digest, entry->like.gid);
                add_number(&digest, entry->length);
                digest_add(&digest, entry->content, entry->length);
        }
        digest_end(&digest, name, MASK_DIGEST_LENGTH);
        return arena_copy(arena, name);
}

/* --- finding ------------------------------------------------------------------------------------------------------------ */

int mask_mounts(struct arena *arena, const struct layer_wishes *wishes, mount_list *ret, mount_list *ret_selected,
                const char **ret_digest, struct error *err)
{
        char name[DIGEST_TEXT_MAX];
        struct digest digest;

        if (mounts_read(arena, "/proc/self/mountinfo", ret, err) < 0 ||
            mounts_select(arena, ret, wishes->show.count > 0, ret_selected, err) < 0)
                return err->code;
        digest_begin(&digest);
        mounts_digest(ret_selected, &digest);
        digest_end(&digest, name, MASK_KEY_LENGTH);
        *ret_digest = arena_copy(arena, name);
        return *ret_digest ? 0 : error_memory(err);
}

/* Looks at the host and composes everything anew. */
static int compose(struct arena *arena, struct mask *mask, struct error *err)
{
        const struct mask_question *question = mask->question;
        _cleanup_(io_closep) int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        mount_list mounts = { 0 }, selected = { 0 };
        struct cover_question cover = { .mounts = &selected, .wishes = question->wishes, .own = question->own };
        mask_entry_list extra = { 0 };
        int r;

        if (root < 0)
                return error_errno(err, "opening /");
        r = mask_mounts(arena, question->wishes, &mounts, &selected, &mask->mounts, err);
        if (r >= 0)
                r = cover_compose(arena, root, &cover, &mask->hidden, &mask->walked, err);
        if (r >= 0)
                r = volumes_choose(arena, root, question->way, &mounts, &selected, &mask->hidden, &mask->volumes, &extra, err);
        if (r >= 0)
                r = given_compose(arena, root, &mask->hidden, &question->wishes->show, &extra, &mask->walked, err);
        if (r >= 0)
                r = mask_plan(arena, root, &mask->hidden, &extra, &mask->entries, &mask->walked, err);
        if (r < 0)
                return r;
        volumes_match(&mask->volumes, &mask->entries);
        mask->digest = digest_of(arena, question->way, &mask->entries);
        return mask->digest ? 0 : error_memory(err);
}

int mask_find(struct arena *arena, const struct mask_question *question, struct mask *ret, struct error *err)
{
        _cleanup_(io_closep) int home = mask_open_home(question->home);

        *ret = (struct mask){ .question = question, .key = key_of(arena, question) };
        if (!ret->key)
                return error_memory(err);
        ret->is_made = home >= 0 && mask_answer_read(arena, home, question, ret);
        if (ret->is_made)
                return 0;
        ret->volumes = (mask_volume_list){ 0 };
        return compose(arena, ret, err);
}

const char *mask_tree(struct arena *arena, const struct mask *mask)
{
        return arena_printf(arena, "%s/%s/tree", mask->question->home, mask->digest);
}

/* PATH, NUL, WHY, NUL, as mask_make() wrote it. */
int mask_hidden(struct arena *arena, const struct mask *mask, hiding_list *ret, struct error *err)
{
        _cleanup_(io_closep) int home = -1;
        _cleanup_(text_done) struct text text = { 0 };
        char name[MASK_DIGEST_LENGTH + 16];
        const char *at, *end;

        if (!mask->is_made) {
                *ret = mask->hidden;
                return 0;
        }
        home = mask_open_home(mask->question->home);
        if (home < 0)
                return error_errno(err, "opening %s", mask->question->home);
        snprintf(name, sizeof(name), "%s/hidden", mask->digest);
        if (io_read_file_at(home, name, 64u << 20, &text, err) < 0)
                return err->code;
        at = arena_copy_n(arena, text.data ? text.data : "", text.length);
        if (!at)
                return error_memory(err);
        for (end = at + text.length; at < end;) {
                const char *why = at + strlen(at) + 1;

                if (why >= end)
                        return error_set(err, E_INVALID_DATA, "%s/%s ends too early", mask->question->home, name);
                if (hiding_add(arena, ret, at, why, false, err) < 0)
                        return err->code;
                at = why + strlen(why) + 1;
        }
        return 0;
}
