/* A directory of a test's own, gone when the test is. */
#ifndef TESTS_UNIT_BASE_PLACE_H
#define TESTS_UNIT_BASE_PLACE_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcs/base/inroot.h"
#include "hcs/base/io.h"

/* Skips, where openat2 is not there (Linux 5.6) or valgrind (3.19) does not let it through: to be called first of all. */
static inline void place_needs_openat2(void)
{
        struct error err = { 0 };
        int fd = inroot_open(AT_FDCWD, "/", O_PATH, &err);

        if (fd == E_NOT_SUPPORTED)
                cr_skip_test("needs openat2, which this kernel (or valgrind) does not know");
        close(fd);
}

struct place { char path[64]; int dir; };

static inline struct place place_new(void)
{
        struct place place = { .path = "/tmp/hcs-sandbox-base-XXXXXX" };

        cr_assert(mkdtemp(place.path) != NULL, "making %s", place.path);
        place.dir = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert(ge(int, place.dir, 0));
        return place;
}

static inline void place_donep(struct place *place)
{
        struct error err = { 0 };

        close(place->dir);
        (void)io_remove_tree_at(AT_FDCWD, place->path, &err);
}

static inline void place_directory(const struct place *place, const char *name)
{
        cr_assert(eq(int, mkdirat(place->dir, name, 0755), 0), "making %s", name);
}

static inline void place_file(const struct place *place, const char *name, const char *content)
{
        int fd = openat(place->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        cr_assert(ge(int, fd, 0), "making %s", name);
        cr_assert(eq(sz, (size_t)write(fd, content, strlen(content)), strlen(content)));
        close(fd);
}

static inline void place_link(const struct place *place, const char *target, const char *name)
{
        cr_assert(eq(int, symlinkat(target, place->dir, name), 0), "linking %s", name);
}

static inline bool place_has(const struct place *place, const char *name)
{
        return faccessat(place->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The mode with the kind of file; 0 when it is not there. */
static inline mode_t place_mode(const struct place *place, const char *name)
{
        struct stat there;

        return fstatat(place->dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 ? there.st_mode : 0;
}

/* How many descriptors the process has open. */
static inline int place_open_descriptors(void)
{
        int count = 0;

        for (int fd = 0; fd < 1024; fd++)
                count += fcntl(fd, F_GETFD) >= 0;
        return count;
}

#endif
