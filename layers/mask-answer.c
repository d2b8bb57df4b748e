/* What is known of a mask from before: KEY.answer and KEY.watch. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/text.h"
#include "layers/mask.h"

#define ANSWER "hcs-sandbox answer 1"
#define FILE_MAX_BYTES (64u << 20)
#define FRESH_SECONDS 5                 /* an answer is believed that long without a look at the host */
#define WALK_SECONDS 600                /* and never longer than this without a walk */

static void name_file(char name[MASK_KEY_LENGTH + 16], const struct mask *mask, const char *kind)
{
        snprintf(name, MASK_KEY_LENGTH + 16, "%s.%s", mask->key, kind);
}

/* Since `then` fewer than so many seconds have passed; not so when the clock was set back. */
static bool is_within(time_t then, time_t seconds)
{
        struct timespec now;

        return sys_clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec >= then && now.tv_sec - then < seconds;
}

/* Callers in another mount namespace may see another machine. */
static unsigned long long mount_namespace(void)
{
        struct stat what;

        return stat("/proc/self/ns/mnt", &what) < 0 ? 0 : (unsigned long long)what.st_ino;
}

/* --- reading ------------------------------------------------------------------------------------------------------------ */

static bool is_digest(const char *word, size_t length)
{
        return word && strlen(word) == length && strspn(word, "0123456789abcdef") == length;
}

/* "ph /var": the parts of the volume, and its path. */
static bool read_volume(struct arena *arena, const char *line, mask_volume_list *ret)
{
        struct error none = { .code = 0 };
        const char *path;

        if (!strchr("-p", line[0]) || !line[0] || !strchr("-h", line[1]) || line[2] != ' ' || line[3] != '/')
                return false;
        path = arena_copy(arena, line + 3);
        if (!path || hiding_grow(arena, (void **)&ret->items, ret->count, sizeof(*ret->items), &none) < 0)
                return false;
        ret->items[ret->count++] = (struct mask_volume){ .path = path, .part = line[0] == 'p', .host = line[1] == 'h' };
        return true;
}

/* One that was unmounted since can't be copied, and an answer that names it would be no more than a refusal. */
static bool are_there(const mask_volume_list *volumes)
{
        for (size_t i = 0; i < volumes->count; i++)
                if (volumes->items[i].host && faccessat(AT_FDCWD, volumes->items[i].path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                        return false;
        return true;
}

struct answer { unsigned long long space; char mounts[MASK_KEY_LENGTH + 1]; time_t time; };

static bool read_answer(struct arena *arena, int home, struct mask *mask, struct answer *ret)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int fd = -1;
        char name[MASK_KEY_LENGTH + 16], tree[MASK_DIGEST_LENGTH + 8], *rest = NULL, *line;
        struct error none = { .code = 0 };
        struct stat what;

        name_file(name, mask, "answer");
        fd = openat(home, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &what) < 0 || io_read_all(fd, FILE_MAX_BYTES, &text, name, &none) < 0 || !text.data)
                return false;
        line = strtok_r(text.data, "\n", &rest);
        if (!text_equal(line, ANSWER))
                return false;
        line = strtok_r(NULL, "\n", &rest);
        if (!is_digest(line, MASK_DIGEST_LENGTH))
                return false;
        mask->digest = arena_copy(arena, line);
        snprintf(tree, sizeof(tree), "%s/tree", line);
        line = strtok_r(NULL, "\n", &rest);
        ret->space = line ? strtoull(line, NULL, 10) : 0;
        line = strtok_r(NULL, "\n", &rest);
        if (!mask->digest || !is_digest(line, MASK_KEY_LENGTH))
                return false;
        memcpy(ret->mounts, line, sizeof(ret->mounts));
        while ((line = strtok_r(NULL, "\n", &rest)))
                if (!read_volume(arena, line, &mask->volumes))
                        return false;
        ret->time = what.st_mtim.tv_sec;
        return faccessat(home, tree, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && are_there(&mask->volumes);
}

/* "DIGEST TIME", then lines of "CHANGED PATH". */
static bool is_unchanged(int home, const struct mask *mask)
{
        _cleanup_(text_done) struct text text = { 0 };
        _cleanup_(io_closep) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        char name[MASK_KEY_LENGTH + 16], *line, *rest = NULL;
        struct error none = { .code = 0 };

        name_file(name, mask, "watch");
        if (root < 0 || io_read_file_at(home, name, FILE_MAX_BYTES, &text, &none) < 0 || !text.data)
                return false;
        line = strtok_r(text.data, "\n", &rest);
        if (!line || strncmp(line, mask->digest, MASK_DIGEST_LENGTH) != 0 || line[MASK_DIGEST_LENGTH] != ' ' ||
            !is_within((time_t)strtoll(line + MASK_DIGEST_LENGTH, NULL, 10), WALK_SECONDS))
                return false;
        while ((line = strtok_r(NULL, "\n", &rest))) {
                char *path = strchr(line, ' ');

                if (!path || walk_time_of(root, path + 1) != strtoll(line, NULL, 10))
                        return false;
        }
        return true;
}

bool mask_answer_read(struct arena *arena, int home, const struct mask_question *question, struct mask *mask)
{
        mount_list mounts = { 0 }, selected = { 0 };
        struct error none = { .code = 0 };
        struct answer answer;

        if (!read_answer(arena, home, mask, &answer))
                return false;
        mask->is_recent = is_within(answer.time, FRESH_SECONDS) && answer.space == mount_namespace();
        if (mask->is_recent)
                return true;
        return mask_mounts(arena, question->wishes, &mounts, &selected, &mask->mounts, &none) >= 0 &&
               text_equal(mask->mounts, answer.mounts) && is_unchanged(home, mask);
}

bool mask_answer_digest(int home, const struct mask *mask, char ret[MASK_DIGEST_LENGTH + 1])
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        struct mask found = { .question = mask->question, .key = mask->key };
        struct answer answer;

        if (!read_answer(&arena, home, &found, &answer))
                return false;
        memcpy(ret, found.digest, MASK_DIGEST_LENGTH + 1);
        return true;
}

/* --- writing ------------------------------------------------------------------------------------------------------------ */

static int write_watch(int home, const struct mask *mask, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        char name[MASK_KEY_LENGTH + 16];
        struct timespec now;
        int r;

        if (sys_clock_gettime(CLOCK_REALTIME, &now) < 0)
                return error_errno(err, "reading the clock");
        text_addf(&text, "%s %lld\n", mask->digest, (long long)now.tv_sec);
        for (size_t i = 0; i < mask->walked.count; i++)
                if (!strchr(mask->walked.items[i].path, '\n'))  /* what can't be written down waits for the next walk */
                        text_addf(&text, "%lld %s\n", (long long)mask->walked.items[i].changed, mask->walked.items[i].path);
        name_file(name, mask, "watch");
        r = text_check(&text, err);
        return r < 0 ? r : io_replace_at(home, name, text.data, text.length, 0600, err);
}

/* The watch first: an answer that doesn't go with it is not believed when its five seconds are over. */
int mask_answer_write(int home, const struct mask *mask, struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        char name[MASK_KEY_LENGTH + 16];
        int r = mask->is_made ? 0 : write_watch(home, mask, err);

        if (r < 0)
                return r;
        text_addf(&text, "%s\n%s\n%llu\n%s\n", ANSWER, mask->digest, mount_namespace(), mask->mounts);
        for (size_t i = 0; i < mask->volumes.count; i++)
                text_addf(&text, "%c%c %s\n", mask->volumes.items[i].part ? 'p' : '-', mask->volumes.items[i].host ? 'h' : '-',
                          mask->volumes.items[i].path);
        name_file(name, mask, "answer");
        r = text_check(&text, err);
        return r < 0 ? r : io_replace_at(home, name, text.data, text.length, 0600, err);
}
