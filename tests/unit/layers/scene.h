/* What the tests of change sets and of applying them share: a scratch, a mask and a host made by hand, on a tmpfs. */
#ifndef TESTS_UNIT_LAYERS_SCENE_H
#define TESTS_UNIT_LAYERS_SCENE_H

#include <stdlib.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "layers/changes.h"
#include "tests/unit/layers/rig.h"

struct scene {
        struct place place;
        struct arena arena;
        char upper[96], mask[96], host[96];
        struct changes_part part;
        struct changes_question question;
        change_list list;
};

static inline void scene_done(struct scene *scene)
{
        arena_done(&scene->arena);
        place_donep(&scene->place);
}

/* Whiteouts and trusted attributes are root's; a tmpfs takes them. */
static inline void scene_begin(struct scene *scene)
{
        rig_enter();
        rig_mount("tmpfs", "/tmp", "mode=1777");
        *scene = (struct scene){ .place = place_new() };
        place_directory(&scene->place, "upper");
        place_directory(&scene->place, "mask");
        place_directory(&scene->place, "host");
        snprintf(scene->upper, sizeof(scene->upper), "%s/upper", scene->place.path);
        snprintf(scene->mask, sizeof(scene->mask), "%s/mask", scene->place.path);
        snprintf(scene->host, sizeof(scene->host), "%s/host", scene->place.path);
        scene->part = (struct changes_part){ .at = "/", .upper = scene->upper, .mask = scene->mask, .host = scene->host };
        scene->question.parts.items = &scene->part;
        scene->question.parts.count = 1;
}

/* Two named layers between the mask and the scratch, "high" and "low". */
static inline void add_layers(struct scene *scene)
{
        const char **paths = arena_alloc_array(&scene->arena, 2, sizeof(*paths));

        place_directory(&scene->place, "high");
        place_directory(&scene->place, "low");
        paths[0] = arena_printf(&scene->arena, "%s/high", scene->place.path);
        paths[1] = arena_printf(&scene->arena, "%s/low", scene->place.path);
        scene->part.layers = (struct strings){ paths, 2 };
}

static inline void whiteout(const struct scene *scene, const char *name)
{
        cr_assert(eq(int, mknodat(scene->place.dir, name, S_IFCHR, makedev(0, 0)), 0), "%s: %m", name);
}

static inline void mark(const struct scene *scene, const char *name, const char *attribute, const char *value)
{
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", scene->place.path, name);
        if (lsetxattr(path, attribute, value, strlen(value), 0) < 0)
                cr_skip("this kernel's tmpfs takes no %s", attribute);
}

static inline void same_time(const struct scene *scene, const char *name)
{
        const struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

        cr_assert(eq(int, utimensat(scene->place.dir, name, times, AT_SYMLINK_NOFOLLOW), 0));
}

static inline void find(struct scene *scene)
{
        struct error err = { 0 };

        cr_assert(eq(int, changes_find(&scene->arena, &scene->question, &scene->list, &err), 0), "%s", err.text);
}

static inline const struct change *change_of(const struct scene *scene, const char *path)
{
        const struct change *found = NULL;

        for (size_t i = 0; i < scene->list.count; i++)
                if (text_equal(scene->list.items[i].path, path)) {
                        cr_expect(eq(ptr, (void *)found, NULL), "%s is there twice", path);
                        found = &scene->list.items[i];
                }
        return found;
}

#define expect_change(scene, path, wanted) do { \
        const struct change *c_ = change_of(scene, path); \
        cr_expect(ne(ptr, (void *)c_, NULL), "%s is not told", path); \
        if (c_) cr_expect(eq(int, (int)c_->kind, (int)(wanted)), "%s", path); \
} while (0)
#define expect_no_change(scene, path) cr_expect(eq(ptr, (void *)change_of(scene, path), NULL), "%s is told", path)

#endif
