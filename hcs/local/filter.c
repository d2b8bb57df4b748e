#include "hcs/local/filter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hcs/base/digest.h"
#include "hcs/base/io.h"
#include "hcs/base/linux-calls.h"
#include "hcs/base/listing.h"
#include "hcs/base/path.h"
#include "hcs/base/system.h"
#include "hcs/schema/document.h"

#ifndef SECCOMP_VERSION                 /* of the libseccomp that hcs-sandbox-seccomp is built with */
#define SECCOMP_VERSION "0.0.0"
#endif
#define COMPILER_NAME   "hcs-sandbox-seccomp"
#define HOME_NAME       ".seccomp"      /* no id begins with a dot */
#define KEPT_MAX        64              /* filters; one has 20 KB at most as a rule */
#define COMPLAINT_MAX   8192
#define COMPILE_MS      60000           /* a profile of a client takes some ten */

/* --- the cache ---------------------------------------------------------------------------------------------------------- */

/* Whoever else could write there could choose what our sandboxes may call. */
static int open_home(const char *space, struct error *err)
{
        _cleanup_(io_closep) int fd = -1, top = -1;
        struct stat home;

        top = open(space, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (top < 0)
                return error_errno(err, "opening %s", space);
        fd = openat(top, HOME_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT) {
                if (mkdirat(top, HOME_NAME, 0700) < 0 && errno != EEXIST)
                        return error_errno(err, "making %s/" HOME_NAME, space);
                fd = openat(top, HOME_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        if (fd < 0 || fstat(fd, &home) < 0)
                return error_errno(err, "opening %s/" HOME_NAME, space);
        if (home.st_uid != geteuid() || home.st_mode & 0077)
                return error_set(err, E_ACCESS, "%s/" HOME_NAME ": it must belong to user %u, and to nobody else (mode 0700): compiled "
                                 "seccomp filters are kept there; remove it, it is made again", space, (unsigned)geteuid());
        return take_fd(fd);
}

/* What decides about the filter: the words of the section, and who compiles them for what. */
static int make_key(struct filter *filter, const char *section, size_t length, struct error *err)
{
        struct digest digest;
        struct utsname machine;

        if (uname(&machine) < 0)
                return error_errno(err, "asking for this machine's architecture");
        digest_begin(&digest);
        digest_add(&digest, PACKAGE_VERSION "\n" SECCOMP_VERSION "\n" FILTER_MAGIC "\n",
                   sizeof(PACKAGE_VERSION "\n" SECCOMP_VERSION "\n" FILTER_MAGIC "\n") - 1);
        digest_add(&digest, machine.machine, strlen(machine.machine) + 1);
        digest_add(&digest, section, length);
        digest_end(&digest, filter->key, 64);
        return 0;
}

/* -1: not there, or not to be trusted; then it is made anew. */
static int open_kept(const struct filter *filter)
{
        _cleanup_(io_closep) int fd = openat(filter->home, filter->key, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        struct filter_header *header = NULL;
        struct error ignored = { 0 };
        struct stat file;

        if (fd < 0 || fstat(fd, &file) < 0 || !S_ISREG(file.st_mode) || file.st_uid != geteuid() || file.st_mode & 0077)
                return -1;
        if (filter_read(fd, &header, &ignored) < 0)
                return -1;
        free(header);
        return take_fd(fd);
}

/* Of those that are kept the one that was made first goes, when there are too many. */
static void make_room(int home)
{
        _cleanup_(io_close_dirp) DIR *dir = listing_open(home, ".");
        char oldest[sizeof(((struct filter *)0)->key)] = "";
        struct timespec time = { 0 };
        size_t count = 0;

        for (struct dirent *entry; dir && (entry = listing_next(dir));) {
                struct stat file;

                if (strlen(entry->d_name) != sizeof(oldest) - 1 || fstatat(home, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                if (count++ == 0 || file.st_mtim.tv_sec < time.tv_sec ||
                    (file.st_mtim.tv_sec == time.tv_sec && file.st_mtim.tv_nsec < time.tv_nsec)) {
                        memcpy(oldest, entry->d_name, sizeof(oldest));
                        time = file.st_mtim;
                }
        }
        if (count >= KEPT_MAX)
                (void)unlinkat(home, oldest, 0);
}

static bool is_as_built(const struct filter_header *header)
{
        char version[48];

        snprintf(version, sizeof(version), "%u.%u.%u", header->libseccomp >> 16, header->libseccomp >> 8 & 0xff, header->libseccomp & 0xff);
        return text_equal(version, SECCOMP_VERSION);
}

/* The name says which libseccomp it was; a shared one that was replaced since we were built is another, and nothing is kept.  A cache
 * that can't be written makes nothing wrong, only slow. */
static void keep(const struct filter *filter, const struct filter_header *header)
{
        struct error ignored = { 0 };

        if (!is_as_built(header))
                return;
        make_room(filter->home);
        (void)io_replace_at(filter->home, filter->key, header, sizeof(*header) + header->count * (size_t)8, 0600, &ignored);
}

/* --- the compiler ------------------------------------------------------------------------------------------------------- */

/* Beside the init that the document names, or where all that came with this program is. */
static int find_compiler(const char *init, char path[SYSTEM_COMPANION_MAX], struct error *err)
{
        const char *slash = init ? strrchr(init, '/') : NULL;

        if (slash) {
                snprintf(path, SYSTEM_COMPANION_MAX, "%.*s/" COMPILER_NAME, (int)(slash - init), init);
                if (faccessat(AT_FDCWD, path, X_OK, 0) == 0)
                        return 0;
        }
        for (int nth = 0; system_companion(COMPILER_NAME, nth, path); nth++)
                if (faccessat(AT_FDCWD, path, X_OK, 0) == 0)
                        return 0;
        return error_set(err, E_FILE_NOT_FOUND, "linux.seccomp: %s, which compiles it, is not there (is the package installed whole?)",
                         path);
}

static int memory_file(const char *name, int *ret, struct error *err)
{
        *ret = memfd_create(name, MFD_CLOEXEC);
        return *ret < 0 ? error_errno(err, "making the file of a filter") : 0;
}

/* Small and at once: the caller may have threads, and may be big. */
static int run_compiler(struct filter *filter, const char *path, int section, struct error *err)
{
        char *const args[] = { (char *)(uintptr_t)COMPILER_NAME, NULL }, *const environment[] = { NULL };
        posix_spawn_file_actions_t actions;
        int failure;

        failure = posix_spawn_file_actions_init(&actions);
        if (failure)
                return error_errnum(err, failure, "running %s", path);
        failure = posix_spawn_file_actions_adddup2(&actions, section, 0);
        if (!failure)
                failure = posix_spawn_file_actions_adddup2(&actions, filter->fd, 1);
        if (!failure)
                failure = posix_spawn_file_actions_adddup2(&actions, filter->complaint, 2);
        if (!failure)
                failure = posix_spawn(&filter->compiler, path, &actions, NULL, args, environment);
        posix_spawn_file_actions_destroy(&actions);
        if (failure)
                filter->compiler = 0;
        return failure ? error_errnum(err, failure, "running %s", path) : 0;
}

/* Our own descriptors 0 to 2 may be closed, and what we made be one of them: then the copying would mix them up. */
static int above_streams(int *fd, struct error *err)
{
        int copy = *fd > 2 ? *fd : fcntl(*fd, F_DUPFD_CLOEXEC, 3);

        if (copy < 0)
                return error_errno(err, "copying a descriptor");
        if (copy != *fd)
                close(*fd);
        *fd = copy;
        return 0;
}

static int begin_compiling(struct filter *filter, const struct text *section, const char *init, struct error *err)
{
        _cleanup_(io_closep) int input = -1;
        char path[SYSTEM_COMPANION_MAX];
        int r;

        r = find_compiler(init, path, err);
        if (r >= 0)
                r = memory_file("section", &input, err);
        if (r >= 0)
                r = above_streams(&input, err);
        if (r >= 0)
                r = memory_file("filter", &filter->fd, err);
        if (r >= 0)
                r = above_streams(&filter->fd, err);
        if (r >= 0)
                r = memory_file("complaint", &filter->complaint, err);
        if (r >= 0)
                r = above_streams(&filter->complaint, err);
        if (r >= 0)
                r = io_write_all(input, section->data, section->length, "the section", err);
        if (r < 0)
                return r;
        if (lseek(input, 0, SEEK_SET) < 0)
                return error_errno(err, "rewinding the section");
        return run_compiler(filter, path, input, err);
}

static int hear_complaint(const struct filter *filter, int status, struct error *err)
{
        _cleanup_(arena_done) struct arena arena = { 0 };
        _cleanup_(text_done) struct text text = { 0 };
        struct doc_result result = { 0 };
        struct json_value *value;
        struct error ignored = { 0 };

        if (lseek(filter->complaint, 0, SEEK_SET) == 0 && io_read_all(filter->complaint, COMPLAINT_MAX, &text, "", &ignored) >= 0 &&
            text.length > 0 && json_parse(&arena, text.data, text.length, "", &value, &ignored) >= 0 &&
            json_read(&arena, doc_result_fields, value, &result, "", JSON_REFUSE_UNKNOWN, &ignored) >= 0 && result.error < 0)
                return error_set(err, result.error, "%s", result.error_message ? result.error_message : "");
        if (WIFSIGNALED(status))
                return error_set(err, E_UNEXPECTED_FAILURE, "linux.seccomp: " COMPILER_NAME " was killed by signal %d", WTERMSIG(status));
        return error_set(err, E_UNEXPECTED_FAILURE, "linux.seccomp: " COMPILER_NAME " ended with status %d: %.400s", WEXITSTATUS(status),
                         text.data ? text.data : "without a word");
}

static int reap(struct filter *filter)
{
        int status = 0;

        while (waitpid(filter->compiler, &status, 0) < 0 && errno == EINTR)
                ;
        filter->compiler = 0;
        return status;
}

/* --- the face ----------------------------------------------------------------------------------------------------------- */

static int read_section(struct filter *filter, struct arena *arena, const struct json_value *value, struct error *err)
{
        struct seccomp_section section = { 0 };
        int r;

        r = json_read(arena, seccomp_fields, value, &section, "linux.seccomp", JSON_IGNORE_UNKNOWN, err);
        if (r >= 0)
                r = seccomp_section_check(&section, err);
        if (r < 0)
                return r;
        filter->flags = seccomp_section_flags(&section);
        if (seccomp_section_notifies(&section)) {
                filter->flags |= SECCOMP_FLAG_LISTENER;
                filter->listener_path = section.listener_path;
                filter->listener_metadata = section.listener_metadata;
        }
        return 0;
}

int filter_begin(struct filter *filter, struct arena *arena, const struct json_value *section, const char *space, const char *init,
                 struct error *err)
{
        _cleanup_(text_done) struct text text = { 0 };
        int r;

        *filter = FILTER_NONE;
        if (!section || section->type != JSON_OBJECT || section->count == 0)
                return 0;
        r = read_section(filter, arena, section, err);
        if (r < 0)
                return r;
        json_write_value(&text, section);
        r = text_check(&text, err);
        if (r >= 0)
                r = make_key(filter, text.data, text.length, err);
        if (r < 0)
                return r;
        filter->home = open_home(space, err);
        if (filter->home < 0)
                return filter->home;
        filter->fd = open_kept(filter);
        return filter->fd >= 0 ? 0 : begin_compiling(filter, &text, init, err);
}

static int await(const struct filter *filter, struct error *err)
{
        _cleanup_(io_closep) int pidfd = sys_pidfd_open(filter->compiler);
        struct pollfd end = { .fd = pidfd, .events = POLLIN };
        int r;

        if (pidfd < 0)
                return error_errno(err, "linux.seccomp: following " COMPILER_NAME);
        do {
                r = poll(&end, 1, COMPILE_MS);
        } while (r < 0 && errno == EINTR);
        if (r < 0)
                return error_errno(err, "linux.seccomp: waiting for " COMPILER_NAME);
        return r > 0 ? 0 : error_set(err, E_TIMED_OUT, "linux.seccomp: " COMPILER_NAME " is not done after %d s", COMPILE_MS / 1000);
}

int filter_finish(struct filter *filter, struct error *err)
{
        struct filter_header *header = NULL;
        int status, r;

        if (filter->compiler == 0)
                return 0;
        r = await(filter, err);                 /* whoever gives up has filter_done() end it */
        if (r < 0)
                return r;
        status = reap(filter);
        if (status != 0)
                return hear_complaint(filter, status, err);
        r = filter_read(filter->fd, &header, err);
        if (r < 0)
                return error_wrap(err, "linux.seccomp");
        keep(filter, header);
        free(header);
        return 0;
}

void filter_done(struct filter *filter)
{
        if (filter->compiler > 0) {
                (void)kill(filter->compiler, SIGKILL);
                (void)reap(filter);
        }
        io_closep(&filter->fd);
        io_closep(&filter->complaint);
        io_closep(&filter->home);
        *filter = FILTER_NONE;
}
